/*
 * target_name.h: names of targets (SPNs), for NTLM and Kerberos alike: is one
 * this machine, and the policy of an acceptor about the name that a client says
 * it wanted to reach (the settings target_name and target_names).
 */
#ifndef PACKAGES_COMMON_TARGET_NAME_H
#define PACKAGES_COMMON_TARGET_NAME_H

#include "base/view.h"

#include "ntsecpkg.h"
#include "opensspi_host.h"

/*
 * Whether a target means this machine: its NetBIOS or DNS name, localhost, a
 * loopback address; with class, port and instance or without. UTF-16LE.
 */
bool target_name_is_local(struct view target, const struct opensspi_host_names *names);

/*
 * Whether a target is in the list of the setting key: entries HOST or CLASS/HOST, by commas or
 * blanks; a host "*.example.org" is every one below example.org. UTF-16LE.
 */
bool target_name_is_listed(struct view target, const struct opensspi_host_settings *settings,
                           const char *package, const char *key);

struct target_name_question {
    const struct opensspi_host_settings *settings;
    const char *package;
    const struct opensspi_host_names *names;    /* the list, where none is set */
    const LSA_SECPKG_FUNCTION_TABLE *lsa;
    const SecBufferDesc *input;     /* SECBUFFER_TARGET_HOST is one more name */
    struct view claim;              /* UTF-16LE; empty: the client named none */
    bool unverified;                /* it says that it does not know who gave it the name */
};

/* NULL: let in; else why not, for the log. */
const char *target_name_check(const struct target_name_question *q);

#endif
