/* One log line as text: apart from where it goes, so that it can be tested. Private to src/base. */
#ifndef BASE_LOG_LINE_H
#define BASE_LOG_LINE_H

#include "log.h"

/* A line with its NUL; the sink's newline takes the NUL's place. */
#define LOG_LINE_MAX 2048

struct log_line {
    char text[LOG_LINE_MAX];
    size_t n;               /* without the NUL */
};

/* "error".."debug" */
const char *log_level_name(enum log_level level);

/* filetime is the time to print, id the correlation id (0: none). */
void log_line_build(struct log_line *line, int64_t filetime, enum log_level level, uint64_t id,
                    const char *event, const struct log_field *fields);

#endif
