/* Names of context requirements and attributes: ISC_REQ_, ASC_REQ_ and their _RET_ twins. */
#ifndef CLI_FLAGS_H
#define CLI_FLAGS_H

#include "cli/cli.h"

enum flags_side { FLAGS_INITIATE, FLAGS_ACCEPT };

/* "confidentiality,integrity", "none" or a number (0x...). False: it was complained about. */
bool flags_parse(enum flags_side side, const char *text, uint32_t *out);
/* The names of the attributes that are set, as a JSON array; unknown bits as one number. */
json_t *flags_names(enum flags_side side, uint32_t attributes);

#endif
