#include "linear/state_arguments.h"

#include <string>

namespace kindred::bindings {
namespace {

template <class T>
T* OfSize(Span<T> span, int64_t size, const char* name) {
  if (span.size != size)
    fail_shape(std::string(name) + ": expected " + std::to_string(size) + " numbers but received " +
               std::to_string(span.size) + ".");
  return span.data;
}

// Names and sizes that both kinds share.
template <class State>
State Shared(const Napi::Object& object) {
  State state;
  state.rows = Count(object.Get("rows"), "state.rows");
  state.cols = Count(object.Get("cols"), "state.cols");
  state.known = Count(object.Get("known"), "state.known");
  if (state.known > state.cols) fail_shape("state.known: expected no more than there are columns.");
  state.columns = OfSize(Floats(object.Get("columns"), "state.columns"), state.rows * state.cols, "state.columns");
  state.target = OfSize(Doubles(object.Get("target"), "state.target"), state.rows, "state.target");
  state.order = OfSize(Ints(object.Get("order"), "state.order"), state.cols, "state.order");
  state.weights = OfSize(Doubles(object.Get("weights"), "state.weights"), state.cols, "state.weights");
  state.gradients = OfSize(Doubles(object.Get("gradients"), "state.gradients"), state.cols, "state.gradients");
  return state;
}

}  // namespace

ElasticNetState ElasticNetStateOf(const Napi::Value& value) {
  const Napi::Object object = ObjectIn(value, "state");
  auto state = Shared<ElasticNetState>(object);
  const Napi::Value gram = object.Get("gram");
  if (!gram.IsNull()) state.gram = OfSize(Floats(gram, "state.gram"), state.cols * state.cols, "state.gram");
  state.squares = OfSize(Doubles(object.Get("squares"), "state.squares"), state.cols, "state.squares");
  state.correlations = OfSize(Doubles(object.Get("correlations"), "state.correlations"), state.cols, "correlations");
  state.residual = OfSize(Doubles(object.Get("residual"), "state.residual"), state.rows, "state.residual");
  state.target_square = Number(object.Get("targetSquare"), "state.targetSquare");
  return state;
}

LogisticState LogisticStateOf(const Napi::Value& value) {
  const Napi::Object object = ObjectIn(value, "state");
  auto state = Shared<LogisticState>(object);
  state.margins = OfSize(Doubles(object.Get("margins"), "state.margins"), state.rows, "state.margins");
  state.intercept = Number(object.Get("intercept"), "state.intercept");
  return state;
}

}  // namespace kindred::bindings
