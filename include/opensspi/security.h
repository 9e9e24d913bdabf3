/*
 * security.h: what an SSPI application includes.
 *
 * It brings sspi.h (the functions and structures), secext.h and the names of the packages.
 * Windows wants SECURITY_WIN32 defined before; here it makes no difference. schannel.h and
 * credssp.h are included apart.
 *
 * The names come as 8-bit strings (..._A), as WCHAR strings (..._W), and without a suffix as
 * UNICODE says; except NTLMSP_NAME and MICROSOFT_KERBEROS_NAME, which are WCHAR strings on
 * Windows always, and so they are here. Case does not count. Microsoft: security.h, and
 * ntlmsp.h, ntsecapi.h, wdigest.h for the names that Windows keeps there.
 */
#ifndef OPENSSPI_SECURITY_H
#define OPENSSPI_SECURITY_H

#include "sspi.h"
#include "secext.h"

/* Chooses between Kerberos and NTLM (SPNEGO: RFC 4178, MS-SPNG). The right one to ask for. */
#define NEGOSSP_NAME_A            "Negotiate"
#define NEGOSSP_NAME_W            OPENSSPI_WTEXT("Negotiate")

/* Kerberos (RFC 4120, RFC 4121, MS-KILE). */
#define MICROSOFT_KERBEROS_NAME_A "Kerberos"
#define MICROSOFT_KERBEROS_NAME_W OPENSSPI_WTEXT("Kerberos")
#define MICROSOFT_KERBEROS_NAME   MICROSOFT_KERBEROS_NAME_W

/* NTLM (MS-NLMP). */
#define NTLMSP_NAME_A             "NTLM"
#define NTLMSP_NAME               OPENSSPI_WTEXT("NTLM")

/* Digest (RFC 2617, RFC 2831, MS-DPSP). A name only: no such package comes with OpenSSPI. */
#define WDIGEST_SP_NAME_A         "WDigest"
#define WDIGEST_SP_NAME_W         OPENSSPI_WTEXT("WDigest")

#ifdef UNICODE
#define NEGOSSP_NAME              NEGOSSP_NAME_W
#define WDIGEST_SP_NAME           WDIGEST_SP_NAME_W
#else
#define NEGOSSP_NAME              NEGOSSP_NAME_A
#define WDIGEST_SP_NAME           WDIGEST_SP_NAME_A
#endif

#endif
