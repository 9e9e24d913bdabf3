/*
 * context.h: a krb5_context for one call. For this folder only: it includes
 * libkrb5's header.
 */
#ifndef KRB_KRB5_CONTEXT_H
#define KRB_KRB5_CONTEXT_H

#include "base/view.h"

#include <krb5.h>

/* config: a krb5.conf, and the environment is not asked; NULL: libkrb5's own choice. */
MUST_CHECK krb5_error_code krb_context_open(const char *config, krb5_context *out);
/* By no configuration at all: for what is in memory, and must work where that cannot be read. */
MUST_CHECK krb5_error_code krb_context_open_empty(krb5_context *out);
/* As krb_context_open(), as if [plugins] were empty: no module of others runs in it. */
MUST_CHECK krb5_error_code krb_context_open_bare(const char *config, krb5_context *out);

#endif
