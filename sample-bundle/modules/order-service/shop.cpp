#include "shop.hpp"

#include <algorithm>
#include <map>

namespace {

const std::vector<Product> catalogue = {
    {"TEA-100", "Earl Grey, 100 g", 690, 120},
    {"TEA-250", "Earl Grey, 250 g", 1490, 40},
    {"POT-01", "Teapot, cast iron", 5900, 6},
    {"CUP-04", "Cups, set of four", 2400, 25},
    {"GIFT-5", "Gift box", 500, 0},
};

/// Parts of a hundred off, by the customer's tier.
const std::map<std::string, long> tiers = {{"standard", 0}, {"silver", 3}, {"gold", 5}};
/// Cents off, by the voucher's code.
const std::map<std::string, long> vouchers = {{"WELCOME", 500}, {"SPRING", 1000}};

/// From this many pieces of one product on, this part of a hundred is off.
constexpr long many = 10;
constexpr long off_for_many = 10;

/// A part of a hundred, rounded half up.
long percent(long amount, long part) { return (amount * part + 50) / 100; }

}  // namespace

const Product *find_product(const std::string &sku) {
  auto found = std::find_if(catalogue.begin(), catalogue.end(), [&](const Product &one) { return one.sku == sku; });
  return found == catalogue.end() ? nullptr : &*found;
}

bool is_tier(const std::string &tier) { return tiers.count(tier) > 0; }
bool is_voucher(const std::string &voucher) { return vouchers.count(voucher) > 0; }

std::vector<Discount> discounts(const std::vector<Line> &lines, const std::string &tier, const std::string &voucher) {
  std::vector<Discount> given;
  long left = 0;
  for (const Line &line : lines) left += line.product->price * line.quantity;
  auto give = [&](std::string reason, long amount) {
    amount = std::min(amount, left);
    if (amount <= 0) return;
    left -= amount;
    given.push_back({std::move(reason), amount});
  };
  for (const Line &line : lines) {
    if (line.quantity < many) continue;
    give(line.product->sku + ": 10 or more", percent(line.product->price * line.quantity, off_for_many));
  }
  if (auto found = tiers.find(tier); found != tiers.end()) give(tier + " customer", percent(left, found->second));
  if (auto found = vouchers.find(voucher); found != vouchers.end()) give("voucher " + voucher, found->second);
  return given;
}
