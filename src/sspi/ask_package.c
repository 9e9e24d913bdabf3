/* list_packages (calls.def): twin of src/answer/answer_package.c. Runs in the application. */
#include "sspi/ask.h"

status_t
ask_list_packages(struct ask *a, struct view *packages)
{
    struct ipc_list_packages_req req;
    struct ipc_list_packages_rep rep;
    status_t st;

    memset(&req, 0, sizeof(req));
    st = ask_exchange(a, IPC_ID_list_packages, &req, &rep);
    *packages = rep.packages;
    return st;
}
