// What the shop sells, what it has in stock, and what it gives off. Amounts are whole cents.
#pragma once

#include <string>
#include <vector>

struct Product {
  std::string sku;
  std::string name;
  long price;
  long stock;
};

/// A product and how many of it are asked for.
struct Line {
  const Product *product;
  long quantity;
};

struct Discount {
  std::string reason;
  long amount;
};

/// The product of this number; null where there is none.
const Product *find_product(const std::string &sku);

/// The discounts that an order gets: for many pieces of one product, for the customer's tier on what
/// is left, and for a voucher at last. They never exceed the subtotal.
std::vector<Discount> discounts(const std::vector<Line> &lines, const std::string &tier, const std::string &voucher);

/// Whether the shop knows this tier of customers.
bool is_tier(const std::string &tier);
/// Whether the shop knows this voucher.
bool is_voucher(const std::string &voucher);
