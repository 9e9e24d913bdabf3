/*
 * lsad: what the daemon's files share: how it was called and how it ends.
 *
 * The daemon itself knows sockets, threads, signals and the sandbox. What a
 * message means is src/answer's matter; nothing here looks into one beyond its
 * prefix.
 */
#ifndef LSAD_LSAD_H
#define LSAD_LSAD_H

#include "base/log.h"
#include "config/config.h"

#define LSAD_ERROR_MAX CONFIG_ERROR_MAX

/* Exit codes, as lsad(8) lists them. */
enum lsad_exit {
    LSAD_EXIT_OK = 0,           /* stopped by a signal, or --check found nothing */
    LSAD_EXIT_CONFIG = 1,       /* configuration refused, or --check found something */
    LSAD_EXIT_USAGE = 2,        /* unknown option */
    LSAD_EXIT_START = 3,        /* sockets, store, account or sandbox could not be set up */
};

struct lsad_options {
    const char *config_path;    /* NULL: CONFIG_DEFAULT_PATH */
    bool check;
    bool sandbox;               /* false: --no-sandbox, for debuggers and sanitizers */
    bool level_given;
    enum log_level level;       /* wins over the configuration's, after SIGHUP too */
};

/*
 * Reads the command line. True: go on. False: the program ends with *code;
 * --help, --version and complaints have been printed.
 */
bool lsad_options_parse(int argc, char **argv, struct lsad_options *out, int *code);

/* The whole life of the daemon; returns its exit code. */
int lsad_run(const struct lsad_options *options);

/* --check: prints what is wrong, one line each. LSAD_EXIT_OK or LSAD_EXIT_CONFIG. */
int lsad_check(const struct lsad_options *options);

/* Sends log lines with journald's <N> level where stderr is the journal. */
void lsad_journal_init(void);

#endif
