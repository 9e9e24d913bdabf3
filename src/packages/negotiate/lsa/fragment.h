/* fragment.h: tokens that do not fit (MS-SPNG, FragmentToFit). */
#ifndef NEGO_LSA_FRAGMENT_H
#define NEGO_LSA_FRAGMENT_H

#include "packages/negotiate/lsa/leg.h"

/*
 * Puts what is unsent into the leg's output. SEC_E_BUFFER_TOO_SMALL: nothing was; the call may be
 * made again. SEC_I_MESSAGE_FRAGMENT: a piece, and there are more.
 */
MUST_CHECK NTSTATUS nego_unsent_put(struct nego_context *c, const struct nego_leg *leg);

/*
 * The leg's token, put together from fragments where the caller takes them; it lives until
 * the next one. SEC_I_CONTINUE_NEEDED: there is more to come. SEC_E_INVALID_TOKEN: too long.
 */
MUST_CHECK NTSTATUS nego_fragment_take(struct nego_context *c, struct nego_leg *leg);

#endif
