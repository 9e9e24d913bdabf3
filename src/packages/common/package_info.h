/*
 * package_info.h: SecPkgInfoW as one block with its strings, as
 * SECPKG_ATTR_PACKAGE_INFO and _NEGOTIATION_INFO hand it out: one
 * FreeContextBuffer frees all of it. Either half.
 */
#ifndef PACKAGES_COMMON_PACKAGE_INFO_H
#define PACKAGES_COMMON_PACKAGE_INFO_H

#include "ntsecpkg.h"

/* NULL: no memory. alloc is AllocateLsaHeap or SECPKG_DLL_FUNCTIONS.AllocateHeap. */
SecPkgInfoW *package_info_copy(const SecPkgInfoW *info, PLSA_ALLOCATE_LSA_HEAP alloc);

#endif
