package main

import (
	"errors"
	"strings"
	"time"
)

// Card is what a customer types in.
type Card struct {
	Number      string `json:"number"`
	ExpiryMonth int    `json:"expiryMonth"`
	ExpiryYear  int    `json:"expiryYear"`
	// At is when the card is used, in seconds since 1970; now if it is left out.
	At int64 `json:"at"`
}

// CardReport says what is known of a card. It never holds the whole number.
type CardReport struct {
	Valid    bool     `json:"valid"`
	Brand    string   `json:"brand"`
	LastFour string   `json:"lastFour"`
	Findings []string `json:"findings"`
}

// brands by the beginnings and lengths of their numbers (ISO/IEC 7812), the longest beginning first.
var brands = []struct {
	name     string
	prefixes []string
	lengths  []int
}{
	{"American Express", []string{"34", "37"}, []int{15}},
	{"Mastercard", []string{"51", "52", "53", "54", "55", "222", "227", "23", "24", "25", "26", "270", "271"}, []int{16}},
	{"Maestro", []string{"50", "56", "57", "58", "6"}, []int{12, 13, 14, 15, 16, 17, 18, 19}},
	{"Visa", []string{"4"}, []int{13, 16, 19}},
}

func checkCard(card Card) (CardReport, error) {
	number, err := digits(card.Number)
	if err != nil {
		return CardReport{}, err
	}
	report := CardReport{LastFour: number[len(number)-4:], Findings: []string{}}
	find := func(finding string) { report.Findings = append(report.Findings, finding) }
	brand, fits := brandOf(number)
	report.Brand = brand
	if brand == "" {
		find("unknown brand")
	} else if !fits {
		find("wrong length for " + brand)
	}
	if !passesLuhn(number) {
		find("check digit does not fit")
	}
	if card.ExpiryMonth < 1 || card.ExpiryMonth > 12 {
		find("no such month")
	} else if hasExpired(card) {
		find("expired")
	}
	report.Valid = len(report.Findings) == 0
	return report, nil
}

// digits is a number without the spaces and dashes that people type.
func digits(number string) (string, error) {
	number = strings.NewReplacer(" ", "", "-", "").Replace(number)
	for _, digit := range number {
		if digit < '0' || digit > '9' {
			return "", errors.New("the card number holds more than digits")
		}
	}
	if len(number) < 12 || len(number) > 19 {
		return "", errors.New("a card number has 12 to 19 digits")
	}
	return number, nil
}

func brandOf(number string) (name string, fits bool) {
	for _, brand := range brands {
		for _, prefix := range brand.prefixes {
			if strings.HasPrefix(number, prefix) {
				for _, length := range brand.lengths {
					fits = fits || length == len(number)
				}
				return brand.name, fits
			}
		}
	}
	return "", false
}

// passesLuhn tells whether the last digit is what the others ask for: from the right every second
// digit counts twice, with its own digits added, and all together are a multiple of ten.
func passesLuhn(number string) bool {
	sum := 0
	for i := range number {
		digit := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			if digit *= 2; digit > 9 {
				digit -= 9
			}
		}
		sum += digit
	}
	return sum%10 == 0
}

// hasExpired: a card is good until the end of its month.
func hasExpired(card Card) bool {
	at := time.Now()
	if card.At != 0 {
		at = time.Unix(card.At, 0)
	}
	end := time.Date(card.ExpiryYear, time.Month(card.ExpiryMonth)+1, 1, 0, 0, 0, 0, time.UTC)
	return !at.Before(end)
}
