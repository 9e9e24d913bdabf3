/* How far a long command is, on standard error. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* wanted: even where standard error is no terminal. */
void cli_progress_init(const char *what, bool wanted);
/* An account_progress_fn; arg is not used. */
void cli_progress(uint64_t done, uint64_t all, void *arg);
/* Takes the line away. */
void cli_progress_end(void);

#define CLI_PROGRESS_OPTION(offset) \
    { "progress", NULL, CLI_FLAG, (offset), \
      "show how far it is, though standard error is no terminal" }

#endif
