# The key reference of opensspi.conf(5) is what config_describe() prints, word
# for word: a key that was added, removed or redocumented fails here.
execute_process(COMMAND ${DESCRIBE} OUTPUT_VARIABLE want RESULT_VARIABLE failed)
if(failed)
    message(FATAL_ERROR "${DESCRIBE}: ${failed}")
endif()
file(READ ${PAGE} page)
string(FIND "${page}" "${want}" at)
string(LENGTH "${want}" length)
if(length LESS 1000 OR at LESS 0)
    message(FATAL_ERROR "${PAGE} differs from the table of keys; between its marks "
        "put the output of ${DESCRIBE}")
endif()
