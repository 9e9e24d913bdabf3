/*
 * What the fake authority of these tests understands: the text after a message's
 * prefix is a command.
 *
 *   echo TEXT    replies TEXT
 *   slow MS      runs in the slow pool, replies after so many milliseconds
 *   hold FILE    runs in the slow pool, replies when FILE is gone
 *   wait MS      the same as slow, but in the fast pool
 *   big N        replies N bytes
 *   close        ends the connection
 *   service      replies the name of the connection's service
 *   stat         replies "connections=N reloads=N ticks=N"
 *   try WHAT     does what the sandbox forbids, replies the errno (fake_try.c)
 */
#ifndef TESTS_LSAD_FAKE_ANSWER_H
#define TESTS_LSAD_FAKE_ANSWER_H

/* The errno of doing WHAT, 0 when it worked. */
int fake_try(const char *what);

#endif
