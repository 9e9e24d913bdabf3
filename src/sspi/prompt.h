/*
 * ISC_REQ_PROMPT_FOR_CREDS (D11): asking whoever uses the application for a
 * user name and a password. Nothing is asked without that flag, and nothing
 * that was answered outlives the call.
 */
#ifndef SSPI_PROMPT_H
#define SSPI_PROMPT_H

#include "base/view.h"

#include "opensspi.h"

/* Longest answer, in bytes of UTF-8 with its NUL. */
#define SSPI_PROMPT_MAX OPENSSPI_PROMPT_MAX

struct sspi_prompt {
    const char *package, *target;       /* UTF-8; target "" where there is none */
    char user[SSPI_PROMPT_MAX], password[SSPI_PROMPT_MAX];
};

/*
 * Asks by the first way that there is: the application's function, the helper program
 * (helper: its path, NULL: none), the terminal. SEC_E_NO_CREDENTIALS: no way, or no answer.
 * Wipe p in any case.
 */
MUST_CHECK status_t sspi_prompt_ask(struct sspi_prompt *p, const char *helper);

/* prompt_helper.c: one question, one line on the program's output. */
MUST_CHECK status_t sspi_prompt_by_helper(const char *path, const char *question,
                                          char answer[SSPI_PROMPT_MAX]);
/* prompt_terminal.c: the same of /dev/tty. */
MUST_CHECK status_t sspi_prompt_by_terminal(const char *question, bool hidden,
                                            char answer[SSPI_PROMPT_MAX]);

/* A line without its end; what was read beyond it does not count. False: a NUL, or too long. */
bool sspi_prompt_line(char *bytes, size_t n);

#endif
