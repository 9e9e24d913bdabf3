/*
 * secext.h: the forms in which Windows writes a name.
 *
 * security.h includes it, so that source which names a form compiles. The functions that
 * translate names (GetUserNameEx, TranslateName) are not declared: the library does not
 * have them. Microsoft: secext.h.
 */
#ifndef OPENSSPI_SECEXT_H
#define OPENSSPI_SECEXT_H

#include "windows.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The form of an account's name. Microsoft: EXTENDED_NAME_FORMAT.
 *
 *   NameFullyQualifiedDN  CN=User,CN=Users,DC=example,DC=org
 *   NameSamCompatible     EXAMPLE\user
 *   NameDisplay           as it is shown to people
 *   NameUniqueId          a GUID in braces
 *   NameCanonical         example.org/Users/User; the Ex form has a line break before the
 *                         last part
 *   NameUserPrincipal     user@example.org
 *   NameServicePrincipal  HTTP/www.example.org
 *   NameDnsDomain         example.org\user
 */
typedef enum {
    NameUnknown = 0,
    NameFullyQualifiedDN = 1,
    NameSamCompatible = 2,
    NameDisplay = 3,
    NameUniqueId = 6,
    NameCanonical = 7,
    NameUserPrincipal = 8,
    NameCanonicalEx = 9,
    NameServicePrincipal = 10,
    NameDnsDomain = 12,
    NameGivenName = 13,
    NameSurname = 14
} EXTENDED_NAME_FORMAT, *PEXTENDED_NAME_FORMAT;

#ifdef __cplusplus
}
#endif

#endif
