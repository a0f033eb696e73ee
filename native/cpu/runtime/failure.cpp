#include "kindred/runtime/failure.h"

#include <new>
#include <stdexcept>

#include "kindred/runtime/error.h"

namespace kindred {

Failure Failure::current() noexcept {
  Failure failure;
  const auto set = [&](const char* code, const char* message) {
    failure.code_ = code;
    try {
      failure.message_ = message;
    } catch (const std::bad_alloc&) {  // without its words, then
    }
  };
  try {
    throw;
  } catch (const Error& error) {
    set(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    set("ERR_OUT_OF_MEMORY", "Not enough memory for this operation.");
  } catch (const std::length_error&) {  // what std::vector throws for a size that no memory could hold
    set("ERR_OUT_OF_MEMORY", "Not enough memory for this operation.");
  } catch (const std::exception& error) {
    set("ERR_INTERNAL", error.what());
  } catch (...) {
    set("ERR_INTERNAL", "an exception of an unknown type.");
  }
  return failure;
}

void Failure::raise() const { throw Error(code_, message_); }

}  // namespace kindred
