/* status (calls.def): twin of src/answer/answer_status.c. Runs in the application. */
#include "sspi/ask.h"

status_t
ask_status(struct ask *a, struct view *json)
{
    struct ipc_status_req req;
    struct ipc_status_rep rep;
    status_t st;

    memset(&req, 0, sizeof(req));
    st = ask_exchange(a, IPC_ID_status, &req, &rep);
    *json = rep.json;
    return st;
}
