/*
 * The life of the daemon, top to bottom. The order of the start is the design:
 *
 *   1. configuration                    wrong: exit, nothing was touched
 *   2. signals blocked                  before any thread exists
 *   3. listening sockets                passed ones, and those that root must make
 *   4. the store's key read             it may be root's; at a first start the folder is made
 *   5. root given up, limits set        from here on an ordinary user
 *   6. the authority                    store opened, packages loaded, as that user
 *   7. sandbox                          no programs, no sockets, few files
 *   8. workers, then READY=1            only now a peer's byte is looked at
 *
 * Runs in: lsad's main thread. Trusts: whoever starts the daemon.
 */
#include "lsad/loop.h"
#include "lsad/notify.h"
#include "lsad/privileges.h"
#include "lsad/sandbox.h"
#include "lsad/store.h"

#include "base/secret.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
start_failed(const char *reason)
{
    log_error("start", LOG_S("result", "failed"), LOG_S("reason", reason));
    return LSAD_EXIT_START;
}

/* Step 1. */
static int
config_open(const struct lsad_options *options, struct config **config)
{
    char error[CONFIG_ERROR_MAX];

    if (config_load(options->config_path, config, error) != 0) {
        log_error("start", LOG_S("result", "failed"), LOG_S("reason", error));
        return LSAD_EXIT_CONFIG;
    }
    log_set_level(options->level_given ? options->level : (enum log_level)(*config)->log_level);
    if ((*config)->mode != CONFIG_MODE_LSAD)
        log_warning("start", LOG_S("reason", "[authority] mode = embedded: applications will "
                                             "not ask this daemon"));
    /* The one place where SQLite may put temporary files once the sandbox is closed. */
    setenv("SQLITE_TMPDIR", (*config)->state_dir, 1);
    return LSAD_EXIT_OK;
}

/* Steps 4 to 6. */
static bool
authority_open(const struct lsad_options *options, struct lsad_server *s,
               const struct lsad_owner *owner, char error[LSAD_ERROR_MAX])
{
    struct answer_options answer = { .config = s->config };
    struct lsad_store store;
    bool good;

    good = lsad_store_look(s->config, &store, error) &&
           (!store.first || lsad_store_folder_make(s->config, owner, error)) &&
           lsad_privileges_drop(s->config, owner, error) && lsad_state_check(s->config, error);
    if (good) {
        /* After the drop: becoming another user sets the dumpable flag anew (prctl(2)). */
        lsad_limits_set(!options->sandbox);
        answer.create_store = store.first;
        answer.store_key = store.first ? NULL : store.key;
        s->authority = answer_authority_new(&answer, error);
    }
    if (s->authority != NULL && store.first)
        log_notice("store", LOG_S("result", "made"), LOG_S("folder", s->config->state_dir));
    secret_wipe(store.key, sizeof store.key);
    return s->authority != NULL;
}

static const char *
yes_no(bool yes)
{
    return yes ? "yes" : "no";
}

/* What protects the daemon from now on, in one line: also what does not. */
static void
start_log(const struct lsad_server *s, const struct lsad_sandbox *box)
{
    log_notice("start", LOG_S("result", "ok"), LOG_S("version", LSAD_VERSION),
               LOG_N("uid", geteuid()), LOG_N("sockets", s->listeners.count),
               LOG_N("workers", s->workers.count), LOG_N("slow_workers", s->slow.threads.count),
               LOG_S("no_new_privileges", yes_no(box->no_new_privileges)),
               LOG_S("seccomp", yes_no(box->seccomp)), LOG_N("landlock_abi", box->landlock),
               LOG_S("network", yes_no(box->network || !box->seccomp)));
}

/* Step 7. */
static bool
wall_close(const struct lsad_options *options, const struct lsad_server *s,
           struct lsad_sandbox *box, char error[LSAD_ERROR_MAX])
{
    *box = (struct lsad_sandbox){ .landlock = 0 };
    if (options->sandbox)
        return lsad_sandbox_close(s->config, &s->listeners, s->config->path, box, error);
    log_warning("sandbox", LOG_S("state", "off by --no-sandbox"));
    return true;
}

static int
server_run(const struct lsad_options *options, struct lsad_server *s, struct lsad_loop *loop)
{
    char error[LSAD_ERROR_MAX] = "out of memory";
    struct lsad_sandbox box;
    struct lsad_owner owner;

    if (!lsad_account_find(s->config, &owner, error) ||
        !lsad_listeners_open(&s->listeners, s->config, &owner, error))
        return start_failed(error);
    if (!authority_open(options, s, &owner, error) || !wall_close(options, s, &box, error)) {
        if (s->authority != NULL)
            answer_authority_free(s->authority);
        lsad_listeners_close(&s->listeners);
        return start_failed(error);
    }
    /* Threads may run already, so from here on a failure ends the process at once. */
    if (!lsad_server_open(s, error)) {
        lsad_listeners_close(&s->listeners);
        _exit(start_failed(error));
    }
    start_log(s, &box);
    lsad_notify_ready();
    lsad_loop_run(loop, s, options);
    lsad_notify_stopping();
    return LSAD_EXIT_OK;
}

int
lsad_run(const struct lsad_options *options)
{
    struct lsad_server s = { .authority = NULL };
    struct lsad_loop loop;
    int code;

    lsad_journal_init();
    if (options->level_given)
        log_set_level(options->level);
    code = config_open(options, &s.config);
    if (code != LSAD_EXIT_OK)
        return code;
    lsad_notify_open();
    if (lsad_loop_init(&loop) != 0)
        return start_failed(strerror(errno));
    code = server_run(options, &s, &loop);
    if (code != LSAD_EXIT_OK) {
        config_free(s.config);
    } else if (!lsad_server_close(&s)) {
        /* The store survives that (WAL); freeing under a running call would not. */
        log_warning("stop", LOG_S("result", "a call did not end in time"));
        _exit(LSAD_EXIT_OK);
    } else {
        log_notice("stop", LOG_S("result", "ok"));
    }
    lsad_loop_wipe(&loop);
    lsad_notify_close();
    return code;
}
