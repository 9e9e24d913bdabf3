/*
 * Asking on the terminal, as getpass() would, without its faults: nothing of the
 * application's standard streams is used, no signal's handler is touched, and the
 * answer is in no buffer of stdio's.
 *
 * Runs in the application. While a password is typed the terminal makes no signals: an
 * interrupt key ends the question, and the echo is back before anybody hears of it.
 */
#include "sspi/prompt.h"

#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#define KEY_INTERRUPT 3     /* Ctrl-C and Ctrl-\, as bytes once ISIG is off */
#define KEY_QUIT 28

static bool
terminal_write(int fd, const char *s)
{
    size_t n = strlen(s);

    return write(fd, s, n) == (ssize_t)n;
}

/* A line; false: none, or it was interrupted, or it is too long. */
static bool
terminal_read(int fd, char *bytes, size_t room, size_t *n)
{
    for (*n = 0; *n < room;) {
        ssize_t got = read(fd, bytes + *n, 1);

        if (got < 0 && errno == EINTR)
            continue;
        if (got != 1 || bytes[*n] == KEY_INTERRUPT || bytes[*n] == KEY_QUIT)
            return false;
        if (bytes[(*n)++] == '\n')
            return true;
    }
    return false;
}

static bool
terminal_ask(int fd, const char *question, bool hidden, char *bytes, size_t room, size_t *n)
{
    struct termios before, during;
    bool good;

    /* In the background reading would stop the process. */
    if (tcgetpgrp(fd) != getpgrp() || tcgetattr(fd, &before) != 0)
        return false;
    during = before;
    during.c_lflag &= ~(tcflag_t)ISIG;
    during.c_lflag |= ICANON;
    /* They end a line, or nobody would see them before Return. */
    during.c_cc[VEOL] = KEY_INTERRUPT;
    during.c_cc[VEOL2] = KEY_QUIT;
    if (hidden)
        during.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    good = tcsetattr(fd, TCSAFLUSH, &during) == 0 && terminal_write(fd, question)
           && terminal_read(fd, bytes, room, n);
    (void)tcsetattr(fd, TCSAFLUSH, &before);
    if (hidden || !good)
        good = terminal_write(fd, "\n") && good;
    return good;
}

status_t
sspi_prompt_by_terminal(const char *question, bool hidden, char answer[SSPI_PROMPT_MAX])
{
    char bytes[SSPI_PROMPT_MAX + 1];
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    size_t n = 0;
    bool good;

    if (fd < 0)
        return SEC_E_NO_CREDENTIALS;
    good = terminal_ask(fd, question, hidden, bytes, sizeof(bytes), &n)
           && sspi_prompt_line(bytes, n);
    close(fd);
    if (good)
        memcpy(answer, bytes, strlen(bytes) + 1);
    secret_wipe(bytes, sizeof(bytes));
    return good ? SEC_E_OK : SEC_E_NO_CREDENTIALS;
}
