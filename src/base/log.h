/*
 * Logging: one line of key=value pairs an event, to stderr or a callback.
 * Values with spaces, quotes or control characters are quoted and escaped by
 * log.c, so a peer cannot forge a line. Secrets are never passed here.
 *
 *     log_warning("logon", LOG_S("account", name), LOG_X("status", st));
 *
 * Every line has at least one field.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "view.h"

enum log_level { LOG_ERROR = 3, LOG_WARNING = 4, LOG_NOTICE = 5, LOG_INFO = 6, LOG_DEBUG = 7 };

enum log_kind { LOG_KIND_END, LOG_KIND_STRING, LOG_KIND_UTF16, LOG_KIND_NUMBER, LOG_KIND_HEX };

struct log_field {
    enum log_kind kind;
    const char *key;
    const void *string;     /* NUL-terminated UTF-8, or UTF-16LE bytes */
    size_t n;               /* bytes of a UTF-16 string */
    int64_t number;
};

#define LOG_S(k, s)    ((struct log_field){ LOG_KIND_STRING, (k), (s), 0, 0 })
#define LOG_W(k, v)    ((struct log_field){ LOG_KIND_UTF16, (k), (v).p, (v).n, 0 })
#define LOG_N(k, i)    ((struct log_field){ LOG_KIND_NUMBER, (k), NULL, 0, (int64_t)(i) })
/* A status or another 32-bit number as 0x8009030c. */
#define LOG_X(k, i)    ((struct log_field){ LOG_KIND_HEX, (k), NULL, 0, (int64_t)(uint32_t)(i) })
#define LOG_FIELDS(...) ((const struct log_field[]){ __VA_ARGS__, { LOG_KIND_END, 0, 0, 0, 0 } })

/* Writes "time level=... event=EVENT id=... key=value ...". NULL strings print as "-". */
void log_fields(enum log_level level, const char *event, const struct log_field *fields);

#define log_error(event, ...)  log_fields(LOG_ERROR, event, LOG_FIELDS(__VA_ARGS__))
#define log_warning(event, ...) log_fields(LOG_WARNING, event, LOG_FIELDS(__VA_ARGS__))
#define log_notice(event, ...) log_fields(LOG_NOTICE, event, LOG_FIELDS(__VA_ARGS__))
#define log_info(event, ...)   log_fields(LOG_INFO, event, LOG_FIELDS(__VA_ARGS__))
#define log_debug(event, ...)  log_fields(LOG_DEBUG, event, LOG_FIELDS(__VA_ARGS__))

/* Lines above this level are dropped; the default is LOG_NOTICE. */
void log_set_level(enum log_level level);
enum log_level log_level(void);
bool log_is_on(enum log_level level);
/* "error".."debug"; false when it is none of them. */
bool log_level_parse(const char *name, enum log_level *out);

/* Where finished lines (without newline) go; the default writes to stderr. */
void log_set_sink(void (*sink)(enum log_level level, const char *line, void *arg), void *arg);

/* The correlation id of the call that this thread serves; 0 is none. Added to each line. */
void log_set_id(uint64_t id);
uint64_t log_id(void);

#endif
