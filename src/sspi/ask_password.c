/* change_password (calls.def): twin of answer_change_password(). Runs in the application. */
#include "sspi/ask.h"

status_t
ask_change_password(struct ask *a, const struct ask_password *in, struct ipc_buffers *output)
{
    struct ipc_change_password_req req;
    struct ipc_change_password_rep rep;
    status_t st;

    memset(&req, 0, sizeof(req));
    req.package = ask_text(in->package);
    req.domain = ask_text(in->domain);
    req.account = ask_text(in->account);
    req.old_password = ask_text(in->old_password);
    req.new_password = ask_text(in->new_password);
    req.impersonating = in->impersonating ? 1 : 0;
    req.output = in->output;
    st = ask_exchange(a, IPC_ID_change_password, &req, &rep);
    *output = rep.output;
    return st;
}
