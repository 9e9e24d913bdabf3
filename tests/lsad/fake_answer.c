/*
 * A stand-in for the authority behind src/answer/answer.h, so that the daemon's
 * own part (sockets, threads, signals, sandbox) is tested without packages and
 * store. It keeps the header's promises and aborts when the daemon breaks its own:
 * a connection used after its end, a call during another one of the same
 * connection, connections left at the end.
 */
#include "answer/answer.h"
#include "fake_answer.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ALIVE 0x600dc0deu

struct answer_authority {
    atomic_int connections, reloads, ticks;
    char deny_uid[16];
};

struct answer_connection {
    unsigned alive;
    struct answer_authority *authority;
    char service[64];
    atomic_flag busy;
};

struct answer_authority *
answer_authority_new(const struct answer_options *options, char error[CONFIG_ERROR_MAX])
{
    struct answer_authority *a = calloc(1, sizeof *a);

    if (getenv("FAKE_FAIL") != NULL) {
        snprintf(error, CONFIG_ERROR_MAX, "%s", getenv("FAKE_FAIL"));
        free(a);
        return NULL;
    }
    if (options->config == NULL)
        abort();
    return a;
}

void
answer_authority_free(struct answer_authority *a)
{
    if (atomic_load(&a->connections) != 0)
        abort();
    free(a);
}

void
answer_authority_reload(struct answer_authority *a, const struct config *config)
{
    (void)config;
    atomic_fetch_add(&a->reloads, 1);
}

void
answer_authority_tick(struct answer_authority *a)
{
    atomic_fetch_add(&a->ticks, 1);
}

struct answer_connection *
answer_connection_new(struct answer_authority *a, const struct ipc_peer *peer,
                      const char *service)
{
    struct answer_connection *c = calloc(1, sizeof *c);
    const char *denied = getenv("FAKE_DENY_PID");

    if (c == NULL || (denied != NULL && (uint32_t)atol(denied) == peer->pid)) {
        free(c);
        return NULL;
    }
    c->alive = ALIVE;
    c->authority = a;
    snprintf(c->service, sizeof c->service, "%s", service != NULL ? service : "shared");
    atomic_fetch_add(&a->connections, 1);
    return c;
}

void
answer_connection_free(struct answer_connection *c)
{
    if (c->alive != ALIVE || atomic_flag_test_and_set(&c->busy))
        abort();
    atomic_fetch_sub(&c->authority->connections, 1);
    c->alive = 0;
    free(c);
}

const char *
answer_connection_service(const struct answer_connection *c)
{
    return c->service;
}

/* ---- commands ----------------------------------------------------------- */

static void
sleep_ms(long ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

    while (nanosleep(&t, &t) != 0 && errno == EINTR)
        continue;
}

/* The command as a string; false: not even a prefix. */
static bool
command_of(struct view request, char out[256])
{
    struct ipc_prefix prefix;
    size_t n;

    if (ipc_prefix_parse(request, &prefix) != 0)
        return false;
    n = request.n - IPC_PREFIX;
    n = n > 255 ? 255 : n;
    memcpy(out, request.p + IPC_PREFIX, n);
    out[n] = '\0';
    return true;
}

bool
answer_is_slow(struct answer_connection *c, struct view request)
{
    char command[256];

    if (c->alive != ALIVE)
        abort();
    return command_of(request, command) &&
           (strncmp(command, "slow ", 5) == 0 || strncmp(command, "hold ", 5) == 0);
}

static void
reply_put(struct wr *reply, struct view request, struct view text)
{
    struct ipc_prefix prefix;

    if (ipc_prefix_parse(request, &prefix) != 0)
        abort();
    wr_u32le(reply, IPC_MAGIC);
    wr_u16le(reply, prefix.call);
    wr_u16le(reply, 0);
    wr_u64le(reply, prefix.id);
    wr_u32le(reply, 0);
    wr_u32le(reply, (uint32_t)text.n);
    wr_view(reply, text);
}

static void
command_big(struct wr *reply, struct view request, size_t n)
{
    uint8_t *bytes = calloc(1, n);

    reply_put(reply, request, view_of(bytes, n));
    free(bytes);
}

static void
command_run(struct answer_connection *c, const char *command, char out[256])
{
    struct answer_authority *a = c->authority;

    snprintf(out, 256, "ok");
    if (strncmp(command, "echo ", 5) == 0)
        snprintf(out, 256, "%s", command + 5);
    else if (strncmp(command, "slow ", 5) == 0 || strncmp(command, "wait ", 5) == 0)
        sleep_ms(atol(command + 5));
    else if (strncmp(command, "hold ", 5) == 0)
        while (access(command + 5, F_OK) == 0)
            sleep_ms(5);
    else if (strcmp(command, "service") == 0)
        snprintf(out, 256, "%s", c->service);
    else if (strcmp(command, "stat") == 0)
        snprintf(out, 256, "connections=%d reloads=%d ticks=%d", atomic_load(&a->connections),
                 atomic_load(&a->reloads), atomic_load(&a->ticks));
    else if (strncmp(command, "try ", 4) == 0)
        snprintf(out, 256, "%d", fake_try(command + 4));
}

enum answer_verdict
answer_message(struct answer_connection *c, struct view request, struct wr *reply)
{
    char command[256], text[256];

    if (c->alive != ALIVE || reply->len != 0 || atomic_flag_test_and_set(&c->busy))
        abort();
    if (!command_of(request, command) || strcmp(command, "close") == 0) {
        atomic_flag_clear(&c->busy);
        return ANSWER_CLOSE;
    }
    if (strncmp(command, "big ", 4) == 0) {
        command_big(reply, request, (size_t)atol(command + 4));
    } else {
        command_run(c, command, text);
        reply_put(reply, request, view_of(text, strlen(text)));
    }
    atomic_flag_clear(&c->busy);
    return ANSWER_REPLY;
}
