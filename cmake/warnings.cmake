# Warnings and hardening for every target; -Werror because a warning that may
# stay is one that nobody reads.
add_compile_options(
    -Wall -Wextra -Werror -Wconversion -Wshadow -Wcast-qual -Wvla
    -Wimplicit-fallthrough -Wformat=2
    $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes>
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes>
    -fstack-protector-strong -fno-omit-frame-pointer)

option(OPENSSPI_ASAN "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(OPENSSPI_TSAN "ThreadSanitizer" OFF)
option(OPENSSPI_FUZZ "libFuzzer targets (clang)" OFF)

if(OPENSSPI_ASAN OR OPENSSPI_TSAN)
    # gcc's flow analysis sees ghosts in code that a sanitizer has instrumented.
    add_compile_options($<$<C_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized>)
endif()
if(OPENSSPI_ASAN)
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined)
    add_link_options(-fsanitize=address,undefined)
elseif(OPENSSPI_TSAN)
    add_compile_options(-fsanitize=thread)
    add_link_options(-fsanitize=thread)
else()
    add_compile_options($<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2> -fstack-clash-protection)
endif()
if(OPENSSPI_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)
