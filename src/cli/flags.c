/*
 * Requirements and attributes by name. The numbers of the two sides differ
 * above 0x2000, so each row has both; a request and what comes of it have the
 * same number (sspi.h, ISC_REQ_ and ISC_RET_).
 *
 * Runs in the sspi command.
 */
#include "cli/flags.h"
#include "config/config_near.h"

#include "sspi.h"

#include <stdio.h>
#include <stdlib.h>

#define FLAGS_TEXT_MAX 512

struct flag_name {
    const char *name;
    uint32_t bits[2];           /* by enum flags_side; 0: that side has none */
    bool answer_only;           /* an attribute that cannot be asked for */
};

static const struct flag_name flag_names[] = {
    { "delegate", { ISC_REQ_DELEGATE, ASC_REQ_DELEGATE }, false },
    { "mutual_auth", { ISC_REQ_MUTUAL_AUTH, ASC_REQ_MUTUAL_AUTH }, false },
    { "replay_detect", { ISC_REQ_REPLAY_DETECT, ASC_REQ_REPLAY_DETECT }, false },
    { "sequence_detect", { ISC_REQ_SEQUENCE_DETECT, ASC_REQ_SEQUENCE_DETECT }, false },
    { "confidentiality", { ISC_REQ_CONFIDENTIALITY, ASC_REQ_CONFIDENTIALITY }, false },
    { "use_session_key", { ISC_REQ_USE_SESSION_KEY, ASC_REQ_USE_SESSION_KEY }, false },
    { "use_supplied_creds", { ISC_REQ_USE_SUPPLIED_CREDS, 0 }, false },
    { "use_dce_style", { ISC_REQ_USE_DCE_STYLE, ASC_REQ_USE_DCE_STYLE }, false },
    { "datagram", { ISC_REQ_DATAGRAM, ASC_REQ_DATAGRAM }, false },
    { "connection", { ISC_REQ_CONNECTION, ASC_REQ_CONNECTION }, false },
    { "extended_error", { ISC_REQ_EXTENDED_ERROR, ASC_REQ_EXTENDED_ERROR }, false },
    { "stream", { ISC_REQ_STREAM, ASC_REQ_STREAM }, false },
    { "integrity", { ISC_REQ_INTEGRITY, ASC_REQ_INTEGRITY }, false },
    { "identify", { ISC_REQ_IDENTIFY, ASC_REQ_IDENTIFY }, false },
    { "null_session", { ISC_REQ_NULL_SESSION, ASC_REQ_ALLOW_NULL_SESSION }, false },
    { "no_integrity", { ISC_REQ_NO_INTEGRITY, 0 }, false },
    { "unverified_target_name", { ISC_REQ_UNVERIFIED_TARGET_NAME, 0 }, false },
    { "licensing", { 0, ASC_REQ_LICENSING }, false },
    { "allow_non_user_logons", { 0, ASC_REQ_ALLOW_NON_USER_LOGONS }, false },
    { "allow_context_replay", { 0, ASC_REQ_ALLOW_CONTEXT_REPLAY }, false },
    { "no_token", { 0, ASC_REQ_NO_TOKEN }, false },
    { "proxy_bindings", { 0, ASC_REQ_PROXY_BINDINGS }, false },
    { "allow_missing_bindings", { 0, ASC_REQ_ALLOW_MISSING_BINDINGS }, false },
    { "allocated_memory", { ISC_RET_ALLOCATED_MEMORY, ASC_RET_ALLOCATED_MEMORY }, true },
    { "no_additional_token", { ISC_RET_NO_ADDITIONAL_TOKEN, ASC_RET_NO_ADDITIONAL_TOKEN }, true },
    { "third_leg_failed", { 0, ASC_RET_THIRD_LEG_FAILED }, true },
};

#define FLAG_COUNT (sizeof(flag_names) / sizeof(flag_names[0]))

static bool
flag_parse(enum flags_side side, const char *word, uint32_t *out)
{
    struct config_near near = config_near_init(word);

    for (size_t i = 0; i < FLAG_COUNT; i++) {
        const struct flag_name *f = &flag_names[i];
        if (f->answer_only || f->bits[side] == 0)
            continue;
        if (strcmp(f->name, word) == 0) {
            *out |= f->bits[side];
            return true;
        }
        config_near_add(&near, f->name);
    }
    if (near.best != NULL)
        cli_complain("--req %s: no such flag; did you mean %s?", word, near.best);
    else
        cli_complain("--req %s: no such flag; --help lists them", word);
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

json_t *
flags_names(enum flags_side side, uint32_t attributes)
{
    json_t *list = json_array();
    char rest[16];

    for (size_t i = 0; i < FLAG_COUNT; i++) {
        uint32_t bit = flag_names[i].bits[side];
        if (bit == 0 || (attributes & bit) == 0)
            continue;
        json_array_append_new(list, json_string(flag_names[i].name));
        attributes &= ~bit;
    }
    if (attributes != 0) {
        snprintf(rest, sizeof(rest), "0x%x", attributes);
        json_array_append_new(list, json_string(rest));
    }
    return list;
}
