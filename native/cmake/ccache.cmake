# Compiles through ccache where there is one.
find_program(KINDRED_CCACHE ccache)
foreach(language CXX CUDA)
  if(KINDRED_CCACHE AND NOT CMAKE_${language}_COMPILER_LAUNCHER)
    set(CMAKE_${language}_COMPILER_LAUNCHER ${KINDRED_CCACHE})
  endif()
endforeach()
