/* One line of a file of password hashes: smbpasswd, pwdump or WinPR's SAM. */
#ifndef CLI_IMPORT_LINE_H
#define CLI_IMPORT_LINE_H

#include "lsa/account.h"

enum import_format { IMPORT_AUTO, IMPORT_SMBPASSWD, IMPORT_PWDUMP, IMPORT_WINPR };

#define IMPORT_ERROR_MAX 160

enum import_kind { IMPORT_ACCOUNT, IMPORT_NOTHING, IMPORT_BAD };

/*
 * Parses a line without its end, into an account with rid 0 where the file has
 * none. IMPORT_NOTHING: a comment or a blank line. IMPORT_BAD: error says why;
 * the account is wiped.
 */
enum import_kind import_line_parse(struct view line, enum import_format format, int64_t now,
                                   struct account *out, char error[IMPORT_ERROR_MAX]);

#endif
