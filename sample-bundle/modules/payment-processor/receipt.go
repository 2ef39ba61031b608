package main

import (
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"time"
)

// Sale is what was paid for.
type Sale struct {
	PaymentID string `json:"paymentId"`
	Currency  string `json:"currency"`
	// PaidAt in seconds since 1970; now if it is left out.
	PaidAt     int64  `json:"paidAt"`
	TaxPercent int64  `json:"taxPercent"`
	Lines      []Line `json:"lines"`
}

// Line is one article of a sale, with its price in the currency's smallest unit, tax included.
type Line struct {
	Name      string `json:"name"`
	Quantity  int64  `json:"quantity"`
	UnitPrice int64  `json:"unitPrice"`
}

// Receipt is the document for the customer.
type Receipt struct {
	Number string `json:"number"`
	Total  int64  `json:"total"`
	// Tax that the total includes.
	Tax  int64  `json:"tax"`
	Text string `json:"text"`
}

// mostArticles keeps totals far from where they would overflow.
const mostArticles = 1_000_000_000

func issueReceipt(sale Sale) (Receipt, error) {
	switch {
	case sale.PaymentID == "":
		return Receipt{}, errors.New("the paymentId is missing")
	case len(sale.Lines) == 0:
		return Receipt{}, errors.New("nothing was sold")
	case sale.TaxPercent < 0 || sale.TaxPercent > 100:
		return Receipt{}, errors.New("taxPercent lies between 0 and 100")
	}
	paid := time.Now()
	if sale.PaidAt != 0 {
		paid = time.Unix(sale.PaidAt, 0)
	}
	var text strings.Builder
	receipt := Receipt{Number: receiptNumber(sale.PaymentID, paid)}
	fmt.Fprintf(&text, "Receipt %s\n%s\n", receipt.Number, paid.UTC().Format("2 January 2006, 15:04"))
	for _, line := range sale.Lines {
		if line.Quantity < 1 || line.Quantity > mostArticles || line.UnitPrice < 0 || line.UnitPrice > mostArticles {
			return Receipt{}, fmt.Errorf("quantity or price of %q cannot be", line.Name)
		}
		price := line.Quantity * line.UnitPrice
		receipt.Total += price
		fmt.Fprintf(&text, "%d x %s  %s\n", line.Quantity, line.Name, money(price, sale.Currency))
	}
	receipt.Tax = (receipt.Total*sale.TaxPercent + (100+sale.TaxPercent)/2) / (100 + sale.TaxPercent)
	fmt.Fprintf(&text, "Total %s, including %s tax (%d %%)\n",
		money(receipt.Total, sale.Currency), money(receipt.Tax, sale.Currency), sale.TaxPercent)
	receipt.Text = text.String()
	return receipt, nil
}

// receiptNumber is the same for the same payment, so that a second receipt is seen to be one.
func receiptNumber(payment string, paid time.Time) string {
	return fmt.Sprintf("R%s-%08X", paid.UTC().Format("20060102"), crc32.ChecksumIEEE([]byte(payment)))
}

func money(amount int64, currency string) string {
	return fmt.Sprintf("%d.%02d %s", amount/100, amount%100, currency)
}
