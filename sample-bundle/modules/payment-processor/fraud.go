package main

import (
	"errors"
	"fmt"
)

// Payment is what a customer wants to pay, and what is known of the customer.
type Payment struct {
	// Amount in the currency's smallest unit.
	Amount          int64  `json:"amount"`
	Currency        string `json:"currency"`
	CardCountry     string `json:"cardCountry"`
	ShippingCountry string `json:"shippingCountry"`
	AccountAgeDays  int    `json:"accountAgeDays"`
	// PaymentsLastHour counts earlier payments with the same card.
	PaymentsLastHour int `json:"paymentsLastHour"`
	// UsualAmount is what the customer pays as a rule; 0 if nothing is known.
	UsualAmount int64 `json:"usualAmount"`
}

// Assessment is the decision on a payment, with every rule that spoke against it.
type Assessment struct {
	Decision string   `json:"decision"`
	Score    int      `json:"score"`
	Reasons  []string `json:"reasons"`
	// Sensors tell the platform what happened.
	Sensors []string `json:"sensors"`
}

// Scores from which a payment is looked at by people, or declined at once.
const (
	reviewFrom  = 40
	declineFrom = 80
)

// A rule speaks against a payment with so many points.
type rule struct {
	points  int
	reason  string
	applies func(Payment) bool
}

var rules = []rule{
	{50, "many payments within an hour", func(p Payment) bool { return p.PaymentsLastHour >= 5 }},
	{20, "several payments within an hour", func(p Payment) bool { return p.PaymentsLastHour >= 2 && p.PaymentsLastHour < 5 }},
	{25, "card and parcel are in different countries", func(p Payment) bool { return p.CardCountry != p.ShippingCountry }},
	{20, "the account is new", func(p Payment) bool { return p.AccountAgeDays < 2 }},
	{30, "far more than usual", func(p Payment) bool { return p.UsualAmount > 0 && p.Amount > 10*p.UsualAmount }},
	{25, "a large amount", func(p Payment) bool { return p.Amount >= 100_000 }},
}

func assessPayment(payment Payment) (Assessment, error) {
	switch {
	case payment.Amount <= 0:
		return Assessment{}, errors.New("the amount must be greater than zero")
	case len(payment.Currency) != 3:
		return Assessment{}, errors.New("the currency is a code of three letters, for instance EUR")
	}
	assessment := Assessment{Decision: "accept", Reasons: []string{}, Sensors: []string{"paymentAccepted"}}
	for _, rule := range rules {
		if rule.applies(payment) {
			assessment.Score += rule.points
			assessment.Reasons = append(assessment.Reasons, rule.reason)
		}
	}
	switch {
	case assessment.Score >= declineFrom:
		assessment.Decision, assessment.Sensors = "decline", []string{"paymentDeclined"}
	case assessment.Score >= reviewFrom:
		assessment.Decision, assessment.Sensors = "review", []string{"paymentNeedsReview"}
	}
	if assessment.Decision != "accept" {
		// A line of the log; as JSON it keeps its fields.
		fmt.Printf(`{"level":"warn","message":"payment not accepted","decision":%q,"score":%d}`+"\n",
			assessment.Decision, assessment.Score)
	}
	return assessment, nil
}
