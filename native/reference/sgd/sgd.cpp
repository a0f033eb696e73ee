#include "reference/sgd/sgd.h"

#include <cmath>

namespace kindred::reference {
namespace {

bool moves(SgdChange change, SgdChange part) { return change == SgdChange::all || change == part; }

// v += rate * (gradient - regularization * v)
void step(double& v, double gradient, const Sgd& m) { v += m.learning_rate * (gradient - m.regularization * v); }

}  // namespace

double bpr_step(Sgd& m, const BprSample& s, SgdChange change) {
  double difference = m.item_bias[s.item] - m.item_bias[s.other];
  for (int64_t t = 0; t < m.width; ++t)
    difference += m.X[s.user * m.width + t] * (m.Y[s.item * m.width + t] - m.Y[s.other * m.width + t]);
  const double wrong = 1 / (1 + std::exp(difference));
  for (int64_t t = 0; t < m.width; ++t) {
    double &x = m.X[s.user * m.width + t], &y = m.Y[s.item * m.width + t], &z = m.Y[s.other * m.width + t];
    const double a = x, b = y, c = z;
    if (moves(change, SgdChange::user)) step(x, wrong * (b - c), m);
    if (moves(change, SgdChange::item)) step(y, wrong * a, m);
    if (moves(change, SgdChange::other)) step(z, -wrong * a, m);
  }
  if (moves(change, SgdChange::item)) step(m.item_bias[s.item], wrong, m);
  if (moves(change, SgdChange::other)) step(m.item_bias[s.other], -wrong, m);
  return std::log1p(std::exp(-difference));
}

double rating_step(Sgd& m, double mean, const RatingSample& s, SgdChange change) {
  double error = s.rating - mean - m.user_bias[s.user] - m.item_bias[s.item];
  for (int64_t t = 0; t < m.width; ++t) error -= m.X[s.user * m.width + t] * m.Y[s.item * m.width + t];
  for (int64_t t = 0; t < m.width; ++t) {
    double &x = m.X[s.user * m.width + t], &y = m.Y[s.item * m.width + t];
    const double a = x, b = y;
    if (moves(change, SgdChange::user)) step(x, error * b, m);
    if (moves(change, SgdChange::item)) step(y, error * a, m);
  }
  if (moves(change, SgdChange::user)) step(m.user_bias[s.user], error, m);
  if (moves(change, SgdChange::item)) step(m.item_bias[s.item], error, m);
  return error * error;
}

}  // namespace kindred::reference
