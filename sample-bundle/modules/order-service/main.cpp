// The functions of the order service. Each takes JSON as bytes and returns JSON as bytes that the
// caller frees; what is wrong with an order is answered with {"error": "..."}.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>

#ifdef __EMSCRIPTEN__
#include <emscripten.h>
#else
#define EMSCRIPTEN_KEEPALIVE __attribute__((used, visibility("default")))
#endif

#include "json.hpp"
#include "shop.hpp"

namespace {

/// The most of one product in an order.
constexpr long most_pieces = 1000;
/// The most lines of an order.
constexpr size_t most_lines = 200;

/// An order that was read, or what is wrong with it.
struct Order {
  std::vector<Line> lines;
  std::string tier = "standard";
  std::string voucher;
  std::string error;
};

std::string text_of(const Json &object, const char *name, std::string otherwise) {
  const Json *field = object.find(name);
  return field && field->is(Json::Kind::Text) ? field->text : otherwise;
}

std::string read_line(const Json &item, std::vector<Line> &lines) {
  std::string sku = text_of(item, "sku", "");
  if (sku.empty()) return "every item needs a sku";
  const Product *product = find_product(sku);
  if (!product) return "there is no product " + sku;
  const Json *quantity = item.find("quantity");
  double count = quantity && quantity->is(Json::Kind::Number) ? quantity->number : 0;
  if (!(count >= 1 && count <= most_pieces) || count != static_cast<double>(static_cast<long>(count)))
    return "quantity of " + sku + " must be a whole number from 1 to 1000";
  lines.push_back({product, static_cast<long>(count)});
  return "";
}

Order read_order(const uint8_t *in, size_t length) {
  Order order;
  auto json = read_json(std::string(reinterpret_cast<const char *>(in), length));
  if (!json || !json->is(Json::Kind::Object)) {
    order.error = "an order is a JSON object";
    return order;
  }
  const Json *items = json->find("items");
  if (!items || !items->is(Json::Kind::List) || items->list.empty()) {
    order.error = "an order needs items";
    return order;
  }
  if (items->list.size() > most_lines) {
    order.error = "an order has at most 200 items";
    return order;
  }
  std::set<std::string> seen;
  for (const Json &item : items->list) {
    order.error = read_line(item, order.lines);
    if (order.error.empty() && !seen.insert(order.lines.back().product->sku).second)
      order.error = order.lines.back().product->sku + " is there twice";
    if (!order.error.empty()) return order;
  }
  order.tier = text_of(*json, "tier", "standard");
  order.voucher = text_of(*json, "voucher", "");
  if (!is_tier(order.tier)) order.error = "there is no tier " + order.tier;
  if (!order.voucher.empty() && !is_voucher(order.voucher)) order.error = "there is no voucher " + order.voucher;
  return order;
}

uint8_t *answer(const Json &json, size_t *out_length) {
  std::string text = json.written();
  auto *bytes = static_cast<uint8_t *>(malloc(text.size()));
  *out_length = bytes ? text.size() : 0;
  if (bytes) memcpy(bytes, text.data(), text.size());
  return bytes;
}

Json error(const std::string &message) { return Json::object().with("error", message); }

Json shortages(const Order &order) {
  Json missing = Json::array();
  for (const Line &line : order.lines) {
    if (line.quantity <= line.product->stock) continue;
    missing.list.push_back(Json::object()
                               .with("sku", line.product->sku)
                               .with("asked", line.quantity)
                               .with("inStock", line.product->stock));
  }
  return missing;
}

Json priced(const Order &order) {
  Json lines = Json::array();
  long subtotal = 0;
  for (const Line &line : order.lines) {
    long total = line.product->price * line.quantity;
    subtotal += total;
    lines.list.push_back(Json::object()
                             .with("sku", line.product->sku)
                             .with("name", line.product->name)
                             .with("quantity", line.quantity)
                             .with("price", line.product->price)
                             .with("total", total));
  }
  Json given = Json::array();
  long total = subtotal;
  for (const Discount &discount : discounts(order.lines, order.tier, order.voucher)) {
    total -= discount.amount;
    given.list.push_back(Json::object().with("reason", discount.reason).with("amount", discount.amount));
  }
  return Json::object()
      .with("lines", lines)
      .with("subtotal", subtotal)
      .with("discounts", given)
      .with("total", total)
      .with("currency", "EUR");
}

}  // namespace

/// What an order costs, with its discounts. Amounts are cents.
extern "C" EMSCRIPTEN_KEEPALIVE uint8_t *priceOrder(const uint8_t *in, size_t length, size_t *out_length) {
  Order order = read_order(in, length);
  return answer(order.error.empty() ? priced(order) : error(order.error), out_length);
}

/// Whether everything is there, and what is not.
extern "C" EMSCRIPTEN_KEEPALIVE uint8_t *checkStock(const uint8_t *in, size_t length, size_t *out_length) {
  Order order = read_order(in, length);
  if (!order.error.empty()) return answer(error(order.error), out_length);
  Json missing = shortages(order);
  bool available = missing.list.empty();
  Json sensors = Json::array();
  sensors.list.push_back(available ? "stockAvailable" : "stockMissing");
  return answer(Json::object().with("available", available).with("shortages", missing).with("sensors", sensors), out_length);
}

/// Takes an order that can be delivered, and tells what it costs.
extern "C" EMSCRIPTEN_KEEPALIVE uint8_t *placeOrder(const uint8_t *in, size_t length, size_t *out_length) {
  Order order = read_order(in, length);
  if (!order.error.empty()) return answer(error(order.error), out_length);
  Json missing = shortages(order);
  if (!missing.list.empty()) {
    return answer(error(missing.list.front().find("sku")->text + " is out of stock").with("shortages", missing), out_length);
  }
  Json placed = priced(order);
  Json sensors = Json::array();
  sensors.list.push_back("orderPlaced");
  placed.with("status", "placed").with("sensors", sensors);
  Json line = Json::object().with("level", "info").with("message", "order placed").with("total", placed.find("total")->number);
  printf("%s\n", line.written().c_str());
  return answer(placed, out_length);
}
