/*
 * Requirements and attributes by name: the table of the packages
 * (packages/common/requirements.def) in small letters, and the attributes that
 * nobody can ask for. One name serves both sides, although their numbers differ.
 *
 * Runs in the sspi command.
 */
#include "cli/flags.h"
#include "config/config_near.h"
#include "packages/common/requirement.h"

#include "sspi.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define FLAGS_TEXT_MAX 512
#define FLAG_NAME_MAX 64

struct flag_answer {
    const char *name;
    uint32_t bits[2];           /* by enum flags_side; 0: that side has none */
};

static const struct flag_answer flag_answers[] = {
    { "no_additional_token", { ISC_RET_NO_ADDITIONAL_TOKEN, ASC_RET_NO_ADDITIONAL_TOKEN } },
    { "third_leg_failed", { 0, ASC_RET_THIRD_LEG_FAILED } },
};

_Static_assert((int)FLAGS_INITIATE == (int)REQUIREMENT_INITIATE
                   && (int)FLAGS_ACCEPT == (int)REQUIREMENT_ACCEPT,
               "the table's columns are by flags_side");

/* 0: this side has no such requirement, or not among the 32 bits that a call takes. */
static uint32_t
flag_asked(enum flags_side side, size_t row)
{
    uint64_t bit = requirement_table[row].req[side];

    /* Whose memory a token is in is this command's own business. */
    if (row == REQUIREMENT_ALLOCATE_MEMORY || bit > UINT32_MAX)
        return 0;
    return (uint32_t)bit;
}

/* The table has the names as Sspi.h spells them. */
static const char *
flag_lower(const char *name, char out[FLAG_NAME_MAX])
{
    size_t i;

    for (i = 0; name[i] != '\0' && i < FLAG_NAME_MAX - 1; i++)
        out[i] = (char)tolower((unsigned char)name[i]);
    out[i] = '\0';
    return out;
}

static bool
flag_parse(enum flags_side side, const char *word, uint32_t *out)
{
    struct config_near near = config_near_init(word);
    char best[FLAG_NAME_MAX];

    for (size_t i = 0; i < REQUIREMENTS; i++) {
        uint32_t bit = flag_asked(side, i);
        if (bit == 0)
            continue;
        if (strcasecmp(requirement_table[i].name, word) == 0) {
            *out |= bit;
            return true;
        }
        config_near_add(&near, requirement_table[i].name);
    }
    if (near.best != NULL)
        cli_complain("--req %s: no such flag; did you mean %s?", word,
                     flag_lower(near.best, best));
    else
        cli_complain("--req %s: no such flag; docs/flags.md lists them", word);
    return false;
}

bool
flags_parse(enum flags_side side, const char *text, uint32_t *out)
{
    char copy[FLAGS_TEXT_MAX];
    char *rest = copy, *word, *end;
    unsigned long number;

    *out = 0;
    if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy)) {
        cli_complain("--req: too long");
        return false;
    }
    if (strcmp(text, "none") == 0)
        return true;
    while ((word = strsep(&rest, ", ")) != NULL) {
        if (*word == '\0')
            continue;
        number = strtoul(word, &end, 16);
        if (strncmp(word, "0x", 2) == 0 && *end == '\0' && number <= UINT32_MAX)
            *out |= (uint32_t)number;
        else if (!flag_parse(side, word, out))
            return false;
    }
    return true;
}

/* Moves one bit of the attributes into the list. */
static void
name_take(json_t *list, const char *name, uint64_t bit, uint32_t *attributes)
{
    if ((*attributes & bit) == 0)
        return;
    json_array_append_new(list, json_string(name));
    *attributes &= ~(uint32_t)bit;
}

json_t *
flags_names(enum flags_side side, uint32_t attributes)
{
    json_t *list = json_array();
    char text[FLAG_NAME_MAX];

    for (size_t i = 0; i < REQUIREMENTS; i++)
        name_take(list, flag_lower(requirement_table[i].name, text),
                  requirement_table[i].ret[side], &attributes);
    for (size_t i = 0; i < sizeof(flag_answers) / sizeof(flag_answers[0]); i++)
        name_take(list, flag_answers[i].name, flag_answers[i].bits[side], &attributes);
    if (attributes != 0) {
        snprintf(text, sizeof(text), "0x%x", attributes);
        json_array_append_new(list, json_string(text));
    }
    return list;
}
