/*
 * Passwords: from the terminal without echo, or from one line of standard
 * input. Never from an argument, which every user of the machine can see.
 *
 * Runs in the sspi command. The bytes live in buffers of this file and the
 * caller's struct; both are wiped. Standard input is read byte by byte: stdio
 * would keep a copy, and would take what follows the line.
 */
#include "cli/cli.h"

#include "base/secret.h"
#include "base/str16.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#define LINE_MAX_BYTES (CLI_PASSWORD_MAX * 4)   /* UTF-8 of so many characters */

struct line {
    char bytes[LINE_MAX_BYTES + 2];
    size_t n;
};

void
cli_password_wipe(struct cli_password *p)
{
    secret_wipe(p, sizeof(*p));
}

/* Reads up to the end of the line. False: nothing there, an error, or too long. */
static bool
line_read(int fd, struct line *l)
{
    ssize_t got;

    l->n = 0;
    for (;;) {
        got = read(fd, l->bytes + l->n, 1);
        if (got != 1 || l->bytes[l->n] == '\n')
            break;
        if (++l->n > LINE_MAX_BYTES)
            return false;
    }
    if (l->n > 0 && l->bytes[l->n - 1] == '\r')
        l->n--;
    return got == 1 || (got == 0 && l->n > 0);
}

static int
password_take(const struct line *l, struct cli_password *out)
{
    size_t units = 0;
    char16_t *wide = str16_from_utf8_n(view_of(l->bytes, l->n), &units);
    bool good = wide != NULL && units > 0 && units <= CLI_PASSWORD_MAX;

    if (wide == NULL)
        cli_complain("the password is not UTF-8, or contains a NUL");
    else if (units == 0)
        cli_complain("the password is empty");
    else if (!good)
        cli_complain("the password is longer than %d characters", CLI_PASSWORD_MAX);
    if (good) {
        memcpy(out->units, wide, units * sizeof(*wide));
        out->count = units;
    }
    secret_wipe_free(wide, units * sizeof(*wide));
    return good ? CLI_OK : CLI_REFUSED;
}

/* ---- the terminal ------------------------------------------------------ */

static volatile sig_atomic_t terminal_signal;

static void
terminal_note(int number)
{
    terminal_signal = number;
}

static const int terminal_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
#define TERMINAL_SIGNALS (sizeof(terminal_signals) / sizeof(terminal_signals[0]))

/*
 * One line without echo. A signal ends the reading; it is delivered after the
 * terminal has its echo back.
 */
static bool
terminal_read(int fd, const char *prompt, struct line *l)
{
    struct sigaction before[TERMINAL_SIGNALS], note = { .sa_handler = terminal_note };
    struct termios shown, hidden;
    bool good;

    if (tcgetattr(fd, &shown) != 0)
        return false;
    terminal_signal = 0;
    for (size_t i = 0; i < TERMINAL_SIGNALS; i++)
        sigaction(terminal_signals[i], &note, &before[i]);
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    good = tcsetattr(fd, TCSAFLUSH, &hidden) == 0
           && write(fd, prompt, strlen(prompt)) == (ssize_t)strlen(prompt) && line_read(fd, l);
    tcsetattr(fd, TCSAFLUSH, &shown);
    good = write(fd, "\n", 1) == 1 && good;
    for (size_t i = 0; i < TERMINAL_SIGNALS; i++)
        sigaction(terminal_signals[i], &before[i], NULL);
    if (terminal_signal != 0)
        raise(terminal_signal);
    return good;
}

static int
terminal_ask(int fd, const char *prompt, bool confirm, struct line *first)
{
    struct line second;
    bool same;

    if (!terminal_read(fd, prompt, first)) {
        cli_complain("no password, or one of more than %d characters", CLI_PASSWORD_MAX);
        return CLI_REFUSED;
    }
    if (!confirm)
        return CLI_OK;
    same = terminal_read(fd, "Again: ", &second) && second.n == first->n
           && ct_equal(first->bytes, second.bytes, first->n);
    secret_wipe(&second, sizeof(second));
    if (!same)
        cli_complain("the passwords are not the same");
    return same ? CLI_OK : CLI_REFUSED;
}

static int
password_from_terminal(bool confirm, const char *prompt, struct line *l)
{
    int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    int code;

    if (fd < 0) {
        cli_complain("there is no terminal to ask for a password: use --password-stdin");
        return CLI_USAGE;
    }
    code = terminal_ask(fd, prompt, confirm, l);
    close(fd);
    return code;
}

int
cli_password_read(bool from_stdin, bool confirm, const char *prompt, struct cli_password *out)
{
    struct line l = { .n = 0 };
    int code = CLI_OK;

    out->count = 0;
    if (!from_stdin) {
        code = password_from_terminal(confirm, prompt, &l);
    } else if (!line_read(STDIN_FILENO, &l)) {
        cli_complain("no line on standard input, or one of more than %d characters",
                     CLI_PASSWORD_MAX);
        code = CLI_REFUSED;
    }
    if (code == CLI_OK)
        code = password_take(&l, out);
    secret_wipe(&l, sizeof(l));
    return code;
}
