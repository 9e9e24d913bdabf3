/*
 * link.c: see link.h. ntlm_auth's helper protocols (ntlmssp-client-1,
 * squid-2.5-ntlmssp) are a line each way, a two-letter word and base64:
 *
 *     as server   > YR NEGOTIATE    < TT CHALLENGE    > KK AUTHENTICATE    < AF user | NA status
 *     as client   > YR              < YR NEGOTIATE    > TT CHALLENGE       < AF AUTHENTICATE
 *
 * In gss-spnego and gss-spnego-client every token has a line, the last one, too:
 *
 *     as server   > YR FIRST    < TT TOKEN    > KK TOKEN ...    < AF LAST user | NA LAST status
 *     as client   > TT HINT     < KK TOKEN    > TT TOKEN ...    > AF LAST    < AF
 *
 * where * stands for no token.
 */
#include "link.h"

#include <nettle/base64.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_MAX_BYTES 65536
#define WORD_BYTES 3            /* "YR " */

static bool
line_put(struct link *l, const char *word, const void *bytes, size_t n)
{
    size_t coded = BASE64_ENCODE_RAW_LENGTH(n), start = strlen(word);
    char *line = calloc(1, start + coded + 3);
    bool put;

    if (line == NULL)
        return false;
    memcpy(line, word, start);
    if (n > 0) {
        line[start++] = ' ';
        base64_encode_raw(line + start, n, bytes);
        start += coded;
    }
    line[start++] = '\n';
    put = send(l->fd, line, start, MSG_NOSIGNAL) == (ssize_t)start;
    free(line);
    return put;
}

/* Byte by byte: lines are few and short, and nothing may be read beyond one. */
static bool
line_get(struct link *l, char line[LINE_MAX_BYTES])
{
    size_t n = 0;

    while (n < LINE_MAX_BYTES - 1 && read(l->fd, line + n, 1) == 1) {
        if (line[n] == '\n') {
            line[n] = '\0';
            return true;
        }
        n++;
    }
    return false;
}

/* Whether a token follows: ntlmssp's refusals have none, SPNEGO's may. */
static bool
line_has_bytes(const struct link *l, const char *line)
{
    bool refused = strncmp(line, "NA", 2) == 0 && l->dialect == LINK_NTLM_AUTH;

    return strlen(line) > WORD_BYTES && line[WORD_BYTES] != '*' && !refused &&
           strncmp(line, "BH", 2) != 0;
}

static bool
line_get_bytes(struct link *l, struct frame *out)
{
    struct base64_decode_ctx b64;
    char *line = calloc(1, LINE_MAX_BYTES);
    const char *text = line + WORD_BYTES;
    bool good = false;

    *out = (struct frame){ 0, NULL };
    if (line == NULL || !line_get(l, line)) {
        free(line);
        return false;
    }
    if (strncmp(line, "NA", 2) == 0)
        snprintf(l->verdict, sizeof l->verdict, "%s", "NA");
    if (line_has_bytes(l, line)) {
        size_t n = strcspn(text, " ");

        out->n = BASE64_DECODE_LENGTH(n);
        out->bytes = calloc(1, out->n + 1);
        base64_decode_init(&b64);
        good = out->bytes != NULL &&
               base64_decode_update(&b64, &out->n, out->bytes, n, text) != 0;
        if (text[n] != '\0')
            snprintf(l->verdict, sizeof l->verdict, "%.2s%.200s", line, text + n);
    }
    if (!good)
        fprintf(stderr, "interop: the peer says %s\n", line);
    free(line);
    return good;
}

/* Whether the peer takes our wish for a session key, and for signing and sealing. */
static bool
features_set(struct link *l, const struct mode *mode)
{
    char line[LINE_MAX_BYTES], wish[128];

    snprintf(wish, sizeof wish, "SF NTLMSSP_FEATURE_SESSION_KEY%s%s",
             mode->sign ? " NTLMSSP_FEATURE_SIGN" : "", mode->seal ? " NTLMSSP_FEATURE_SEAL" : "");
    return line_put(l, wish, NULL, 0) && line_get(l, line) && strncmp(line, "OK", 2) == 0;
}

bool
link_open(struct link *l, enum link_dialect dialect, const struct mode *mode, bool peer_initiates,
          char **argv)
{
    int pair[2];

    *l = (struct link){ dialect, peer_initiates, -1, -1, 0, "" };
    signal(SIGPIPE, SIG_IGN);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return false;
    l->pid = fork();
    if (l->pid == 0) {
        dup2(pair[1], 0);
        dup2(pair[1], 1);
        signal(SIGPIPE, SIG_DFL);
        execv(argv[0], argv);
        perror(argv[0]);
        _exit(127);
    }
    close(pair[1]);
    l->fd = pair[0];
    if (l->pid < 0)
        return false;
    if (dialect == LINK_FRAMES)
        return true;
    return features_set(l, mode) &&
           (!peer_initiates || dialect == LINK_GSS_SPNEGO || line_put(l, "YR", NULL, 0));
}

int
link_close(struct link *l)
{
    int status = -1;

    close(l->fd);
    if (l->pid <= 0 || waitpid(l->pid, &status, 0) != l->pid)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool
link_token_get(struct link *l, struct frame *out)
{
    if (l->dialect != LINK_FRAMES)
        return line_get_bytes(l, out);
    if (!frame_get(l->fd, out))
        return false;
    if (out->n < strlen(VERDICT_NO) || memcmp(out->bytes, VERDICT_NO, strlen(VERDICT_NO)) != 0)
        return true;
    /* Not every acceptor has a token for its refusal. */
    snprintf(l->verdict, sizeof l->verdict, "%s", VERDICT_NO);
    frame_free(out);
    return false;
}

bool
link_token_put(struct link *l, const void *bytes, size_t n, bool last)
{
    const char *word = l->peer_initiates ? "TT" : l->tokens_put == 0 ? "YR" : "KK";
    bool concludes = last && l->peer_initiates && l->dialect == LINK_GSS_SPNEGO;
    char line[LINE_MAX_BYTES] = "";

    l->tokens_put++;
    if (l->dialect == LINK_FRAMES)
        return frame_put(l->fd, bytes, n);
    if (!concludes)
        return line_put(l, word, bytes, n);
    /* The client has its last token to judge, and says what it thinks of us. */
    if (line_put(l, "AF", bytes, n) && line_get(l, line) && strncmp(line, "AF", 2) == 0)
        return true;
    fprintf(stderr, "interop: the peer says %s\n", line);
    return false;
}

enum link_verdict
link_verdict_get(struct link *l)
{
    bool lines = l->dialect != LINK_FRAMES;
    char line[LINE_MAX_BYTES] = "";
    struct frame frame = { 0, NULL };
    bool waiting = l->verdict[0] == '\0', said = true;

    if (waiting)
        said = lines ? line_get(l, line) : frame_get(l->fd, &frame);
    else
        snprintf(line, sizeof line, "%s", l->verdict);
    if (waiting && said && !lines)
        snprintf(line, sizeof line, "%s", (const char *)frame.bytes);
    frame_free(&frame);
    fprintf(stderr, "interop: the peer says %s\n", said ? line : "nothing");
    if (strncmp(line, lines ? "AF" : VERDICT_OK, 2) == 0)
        return LINK_KNOWN;
    return strncmp(line, lines ? "NA" : VERDICT_NO, 2) == 0 ? LINK_REFUSED : LINK_GONE;
}

bool
link_verdict_put(struct link *l, bool good, const char *name)
{
    char verdict[600];

    if (l->dialect != LINK_FRAMES)
        return true;
    snprintf(verdict, sizeof verdict, "%s %s", good ? VERDICT_OK : VERDICT_NO, name);
    return frame_put(l->fd, verdict, strlen(verdict));
}

bool
link_key_get(struct link *l, struct frame *out)
{
    return line_put(l, "GK", NULL, 0) && line_get_bytes(l, out);
}
