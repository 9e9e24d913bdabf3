/* A store in a folder of its own for each test, and short forms of the calls. */
#ifndef ACCOUNT_SUPPORT_H
#define ACCOUNT_SUPPORT_H

#include "base/filetime.h"
#include "lsa/account.h"
#include "ntstatus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* A fixed moment for tests: 2026-01-01. */
#define NOON (FILETIME_SECOND * (FILETIME_UNIX_EPOCH_S + 1767268800))
#define MINUTES (60 * FILETIME_SECOND)

int folder_make(void **state);
int folder_remove(void **state);
/* folder/name */
const char *folder_path(const char *name);
/* How often: threshold 3, window 10 minutes, locked for 5. */
struct account_store *store_open(bool create, char error[ACCOUNT_ERROR_MAX]);
struct account_store *store_make(void);

/* A UTF-16 literal as a view. */
#define W(literal) view_of(literal, sizeof(literal) - 2)

/* An account with this name, a hash of sixteen times `hash`, no expiry. */
struct account account_of(struct view name, uint8_t hash);
uint32_t account_put(struct account_store *s, struct view name, uint8_t hash);
/* Runs SQL on the store's file, by a connection of its own. */
void sql_run(const char *sql);

#endif
