/*
 * How far a long command is: one line on standard error that replaces itself,
 * where somebody can see it.
 *
 * Runs in the sspi command.
 */
#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#define PROGRESS_WIDTH 60

static const char *progress_what;
static bool progress_shown, progress_begun;

void
cli_progress_init(const char *what, bool wanted)
{
    progress_what = what;
    progress_shown = wanted || isatty(STDERR_FILENO) != 0;
    progress_begun = false;
}

void
cli_progress(uint64_t done, uint64_t all, void *arg)
{
    (void)arg;
    if (!progress_shown || all == 0)
        return;
    fprintf(stderr, "\r%s: %llu of %llu (%u %%)", progress_what, (unsigned long long)done,
            (unsigned long long)all, (unsigned)(done * 100 / all));
    progress_begun = true;
}

void
cli_progress_end(void)
{
    if (progress_begun)
        fprintf(stderr, "\r%*s\r", PROGRESS_WIDTH, "");
    progress_begun = false;
}
