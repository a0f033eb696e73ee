# Fails if an object defines a weak symbol: cmake -DNM=nm -DOBJECTS=a.o|b.o [-DEXPECT_WEAK=ON] -P no_weak_symbols.cmake
#
# The linker keeps one copy of a weak function, whichever comes first. An inline function of the C++ library compiled
# for AVX-512 in a kernel object could so replace the copy that the rest of the program calls on every machine.
# With EXPECT_WEAK it fails unless it finds one, which shows that it can.
string(REPLACE "|" ";" objects "${OBJECTS}")
set(weak "")
set(defined 0)
foreach(object ${objects})
  execute_process(COMMAND ${NM} --defined-only ${object} OUTPUT_VARIABLE symbols RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${NM} ${object}: exit code ${status}")
  endif()
  string(REGEX MATCHALL "[0-9a-f]+ [A-Za-z] [^\n]+" lines "${symbols}")
  foreach(line ${lines})
    math(EXPR defined "${defined} + 1")
    # W, w: weak; V, v: weak object; u: one in the whole process
    if(line MATCHES "^[0-9a-f]+ [WwVvu] ")
      string(APPEND weak "\n  ${object}: ${line}")
    endif()
  endforeach()
endforeach()
list(LENGTH objects count)
if(count EQUAL 0 OR defined EQUAL 0)
  message(FATAL_ERROR "${count} objects with ${defined} symbols: there was nothing to check.")
endif()
if(EXPECT_WEAK AND NOT weak)
  message(FATAL_ERROR "The weak symbols of ${objects} were not seen.")
elseif(weak AND NOT EXPECT_WEAK)
  message(FATAL_ERROR "Kernel objects define weak symbols:${weak}")
endif()
message(STATUS "${count} objects, ${defined} symbols${weak}")
