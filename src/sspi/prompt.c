/*
 * Which way of asking there is, and what is asked.
 *
 * Runs in the application. The application's own function goes before all else, as
 * only it may have a window; a helper program before the terminal, as who names one
 * does not want the terminal. Answers are in the caller's memory and are wiped there.
 */
#include "sspi/prompt.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define QUESTION_MAX 512

/* Replaced as a whole, and kept: a call may be in one. */
struct prompt_function {
    struct prompt_function *older;
    opensspi_prompt_fn *fn;
    void *arg;
};
static _Atomic(struct prompt_function *) prompt_function;

SECURITY_STATUS SEC_ENTRY
opensspi_set_prompt(opensspi_prompt_fn *fn, void *arg)
{
    struct prompt_function *f = malloc(sizeof(*f));

    if (f == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    *f = (struct prompt_function){ atomic_load(&prompt_function), fn, arg };
    while (!atomic_compare_exchange_weak(&prompt_function, &f->older, f))
        ;
    return SEC_E_OK;
}

bool
sspi_prompt_line(char *bytes, size_t n)
{
    size_t end = 0;

    while (end < n && bytes[end] != '\n')
        end++;
    if (end == SSPI_PROMPT_MAX || memchr(bytes, '\0', end) != NULL)
        return false;
    if (end > 0 && bytes[end - 1] == '\r')
        end--;
    bytes[end] = '\0';
    return true;
}

static status_t
prompt_one(const char *helper, const char *question, bool hidden, char answer[SSPI_PROMPT_MAX])
{
    return helper != NULL ? sspi_prompt_by_helper(helper, question, answer)
                          : sspi_prompt_by_terminal(question, hidden, answer);
}

/* Names may be a stranger's: a terminal would obey what is in them. */
static void
question_clean(char *s)
{
    for (; *s != '\0'; s++) {
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            *s = '?';
    }
}

static status_t
prompt_both(struct sspi_prompt *p, const char *helper)
{
    char question[QUESTION_MAX];
    const char *at = p->target[0] != '\0' ? " at " : "";
    status_t st;

    (void)snprintf(question, sizeof(question), "User name%s%.200s (%.60s): ", at, p->target,
                   p->package);
    question_clean(question);
    st = prompt_one(helper, question, false, p->user);
    if (st != SEC_E_OK)
        return st;
    (void)snprintf(question, sizeof(question), "Password of %.200s%s%.200s: ", p->user, at,
                   p->target);
    question_clean(question);
    return prompt_one(helper, question, true, p->password);
}

status_t
sspi_prompt_ask(struct sspi_prompt *p, const char *helper)
{
    const struct prompt_function *f = atomic_load(&prompt_function);
    status_t st;

    p->user[0] = p->password[0] = '\0';
    if (f != NULL && f->fn != NULL)
        st = f->fn(f->arg, p->package, p->target, p->user, p->password);
    else
        st = prompt_both(p, helper);
    p->user[SSPI_PROMPT_MAX - 1] = p->password[SSPI_PROMPT_MAX - 1] = '\0';
    return st == SEC_E_OK && p->user[0] != '\0' ? SEC_E_OK : SEC_E_NO_CREDENTIALS;
}
