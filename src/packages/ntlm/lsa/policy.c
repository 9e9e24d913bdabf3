/*
 * The settings, from the host's table of them. What they mean is in docs/ntlm.md.
 * A value that is none, which the configuration would have refused, is the
 * default: the stricter one.
 *
 * Runs in the authority, once a leg. Trusts the authority.
 */
#include "packages/ntlm/lsa/policy.h"

#include "packages/common/setting.h"

static const char *const levels[] = { "0", "1", "2", "3", "4", "5" };
static const char *const uses[NTLM_USES] = {
    [NTLM_USE_ALLOW] = "allow",
    [NTLM_USE_AUDIT] = "audit",
    [NTLM_USE_DENY] = "deny",
};

static size_t
policy_word(const char *key, const char *const *words, size_t count, size_t fallback)
{
    return setting_word(ntlm_support()->settings, NTLM_SETTINGS_SECTION, key, words, count,
                        fallback);
}

struct ntlm_policy
ntlm_policy_read(void)
{
    return (struct ntlm_policy){
        .level = (unsigned)policy_word("lm_compatibility_level", levels,
                                       sizeof(levels) / sizeof(levels[0]), NTLM_LEVEL_NO_V1),
        .incoming = (enum ntlm_use)policy_word("incoming", uses, NTLM_USES, NTLM_USE_ALLOW),
        .outgoing = (enum ntlm_use)policy_word("outgoing", uses, NTLM_USES, NTLM_USE_ALLOW),
        .need_128 = ntlm_setting_is_on("require_128bit", true),
        .need_mic = ntlm_setting_is_on("require_mic", false),
        .need_extended = ntlm_setting_is_on("require_extended_security", true),
        .allow_anonymous = ntlm_setting_is_on("allow_anonymous", true),
        .code_page = (enum ntlm_code_page)policy_word("oem_code_page", ntlm_code_page_names,
                                                      NTLM_CODE_PAGES, NTLM_CODE_PAGE_ASCII),
    };
}

bool
ntlm_policy_guest(char out[NTLM_GUEST_MAX])
{
    return ntlm_support()->settings->get(NTLM_SETTINGS_SECTION, "guest_account", out,
                                         NTLM_GUEST_MAX) &&
           out[0] != '\0';
}
