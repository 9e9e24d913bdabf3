/*
 * Log lines for the journal. systemd says in JOURNAL_STREAM which device and
 * inode the journal's stream is (systemd.exec(5)); where stderr is that very
 * stream, lines get the "<N>" prefix of sd-daemon(3) and so their priority.
 *
 * Runs in: lsad, at start. Trusts: the environment of the service manager; a
 * wrong value costs no more than a prefix in a terminal.
 */
#include "lsad.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* One write a line: lines of several threads must not mix. */
static void
journal_write(enum log_level level, const char *line, void *arg)
{
    (void)arg;
    dprintf(STDERR_FILENO, "<%d>%s\n", (int)level, line);
}

static bool
stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    uint64_t device, inode;
    struct stat st;

    if (stream == NULL || sscanf(stream, "%" SCNu64 ":%" SCNu64, &device, &inode) != 2)
        return false;
    return fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void
lsad_journal_init(void)
{
    if (stderr_is_journal())
        log_set_sink(journal_write, NULL);
}
