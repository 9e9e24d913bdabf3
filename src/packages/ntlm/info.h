/* info.h: what the package says of itself, in both halves. */
#ifndef NTLM_INFO_H
#define NTLM_INFO_H

#include "ntsecpkg.h"

/* Sizes that Windows's NTLM reports (SECPKG_ATTR_SIZES). */
#define NTLM_CB_MAX_TOKEN 2888u
#define NTLM_CB_MAX_SIGNATURE 16u

extern const SecPkgInfoW ntlm_package_info;

#endif
