/* Files that must be refused, with what the message must say. */
#ifndef CONFIG_CASES_H
#define CONFIG_CASES_H

#include <stddef.h>

struct refused_case {
    const char *text;
    size_t size;            /* 0: strlen(text) */
    const char *says;       /* after "FILE" */
};

extern const struct refused_case refused_cases[];
extern const size_t refused_case_count;

#endif
