package main

import "testing"

func TestCardsAreToldFromTypingErrors(t *testing.T) {
	for number, valid := range map[string]bool{
		"4111 1111 1111 1111": true,
		"4111 1111 1111 1112": false,
		"5555-5555-5555-4444": true,
		"378282246310005":     true,
		"41111111111":         false,
	} {
		report, err := checkCard(Card{Number: number, ExpiryMonth: 12, ExpiryYear: 2030, At: 1_700_000_000})
		if report.Valid != valid || (err != nil && valid) {
			t.Errorf("%s: %+v, %v", number, report, err)
		}
	}
}

func TestACardIsGoodUntilTheEndOfItsMonth(t *testing.T) {
	for at, expired := range map[int64]bool{1_701_388_799: false, 1_701_388_800: true} {
		if hasExpired(Card{ExpiryMonth: 11, ExpiryYear: 2023, At: at}) != expired {
			t.Errorf("at %d", at)
		}
	}
}

func TestPaymentsAreJudgedByTheSumOfTheRules(t *testing.T) {
	payment := Payment{Amount: 2_500, Currency: "EUR", CardCountry: "DE", ShippingCountry: "DE", AccountAgeDays: 400}
	for _, step := range []struct {
		change   func(*Payment)
		decision string
	}{
		{func(p *Payment) {}, "accept"},
		{func(p *Payment) { p.ShippingCountry, p.AccountAgeDays = "NZ", 0 }, "review"},
		{func(p *Payment) { p.PaymentsLastHour = 9 }, "decline"},
	} {
		step.change(&payment)
		if assessment, err := assessPayment(payment); err != nil || assessment.Decision != step.decision {
			t.Errorf("%+v: %+v, %v", payment, assessment, err)
		}
	}
}

func TestAReceiptAddsUp(t *testing.T) {
	receipt, err := issueReceipt(Sale{PaymentID: "p", Currency: "EUR", PaidAt: 1_700_000_000, TaxPercent: 19,
		Lines: []Line{{"tea", 2, 450}, {"pot", 1, 2_000}}})
	if err != nil || receipt.Total != 2_900 || receipt.Tax != 463 {
		t.Errorf("%+v, %v", receipt, err)
	}
}
