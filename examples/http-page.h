/*
 * http-page: the pages of the example. Every string from outside is escaped.
 */
#ifndef EXAMPLES_HTTP_PAGE_H
#define EXAMPLES_HTTP_PAGE_H

#include "http-auth.h"

/* Each returns a whole HTML page, malloc'd, or NULL when there is no memory. */
char *page_who(struct client *c);
char *page_ask(const char *const *schemes, SECURITY_STATUS status);
char *page_down(SECURITY_STATUS status);

/* The name of the client's user as DOMAIN\user, malloc'd; NULL: not known. */
char *page_user_name(struct client *c);
/* The name of the package that did the work, malloc'd; NULL: not known. */
char *page_package_name(struct client *c);

#endif
