/* password.h: SpChangeAccountPassword. */
#ifndef NTLM_LSA_PASSWORD_H
#define NTLM_LSA_PASSWORD_H

#include "packages/ntlm/lsa/support.h"

SpChangeAccountPasswordFn ntlm_password_change;

#endif
