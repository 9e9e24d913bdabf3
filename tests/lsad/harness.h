/*
 * Starts the daemon in a folder of its own and talks to it as a client would,
 * down to datagrams that no library would send.
 */
#ifndef TESTS_LSAD_HARNESS_H
#define TESTS_LSAD_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

#define DAEMON_WAIT_MS 10000

struct daemon {
    char dir[64];           /* removed by daemon_wipe() */
    char state[128];        /* DIR/state */
    char config[128];       /* DIR/opensspi.conf */
    char socket[128];       /* DIR/run/lsad.sock */
    char log[128];          /* its stderr */
    int notify;             /* the service manager's end of NOTIFY_SOCKET */
    pid_t pid;              /* 0: not running */
    int passed[4];          /* descriptors for LISTEN_FDS, with LISTEN_FDNAMES */
    int passed_count;
    const char *passed_names;
    const char *passed_number;  /* LISTEN_FDS; NULL: as many as there are */
};

/* Folder and a configuration of [authority] defaults plus extra lines. */
void daemon_init(struct daemon *d, const char *authority_lines, const char *other_lines);
void daemon_wipe(struct daemon *d);
/* Writes the configuration anew. */
void daemon_configure(struct daemon *d, const char *authority_lines, const char *other_lines);
/* Starts it with further arguments (NULL-ended) and waits for READY=1. */
void daemon_start(struct daemon *d, ...);
/* Starts it and only waits for its end: the exit code. */
int daemon_run(struct daemon *d, ...);
/* Sends the signal and waits for its end: the exit code, or -1 after a signal's death. */
int daemon_stop(struct daemon *d, int signal);
/* The next notification; "" when none comes in time. */
const char *daemon_notification(struct daemon *d, int timeout_ms);
/* Makes a listening socket of this type and has it passed to the daemon. */
void daemon_pass(struct daemon *d, const char *path, int type);
/* Whether the log holds text, waiting for it a while. */
bool daemon_logged(struct daemon *d, const char *text);

/* A connected socket. */
int client_connect(struct daemon *d, const char *path);
/* Sends one command (fake_answer.h); does not wait. */
void client_send(int fd, const char *command);
bool client_send_bytes(int fd, const void *p, size_t n);
/* Receives one reply: its text, and status. NULL: the connection has ended. */
const char *client_receive(int fd, int32_t *status);
/* Both. */
const char *client_ask(int fd, const char *command);
/* True when the daemon closes the connection in time. */
bool client_is_closed(int fd);
/* A number out of the reply to "stat". */
int client_stat(int fd, const char *key);

int64_t now_us(void);
void sleep_ms(long ms);
bool file_exists(const char *path);

#endif
