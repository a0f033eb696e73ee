// An object with weak symbols: what no_weak_symbols.cmake must refuse.
namespace kindred::test {

__attribute__((weak)) int weak_function() { return 1; }
inline int weak_variable = 2;
int* address() { return &weak_variable; }

}  // namespace kindred::test
