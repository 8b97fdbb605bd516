package mapping_test

import (
	"errors"
	"fmt"

	"github.com/auth-errors/caddy-auth-errors/normalizer/mapping"
)

// All mistakes of a file are told at once, each with its line and what to do about it.
func ExampleLoad() {
	_, err := mapping.Load("acme.yaml", []byte(`version: 1
provider: acme
title: The login of Acme
sources:
  docs: {title: What its developers say, retrieved: 2026-11-21}
errors:
  - {status: 440, code: E17, error: invalid_grants}
  - {status: 600, code: E18, error: invalid_grant}
`))
	fmt.Println(err)
	if failure, ok := errors.AsType[*mapping.LoadError](err); ok {
		fmt.Println(len(failure.Problems), "mistakes, the first in line", failure.Problems[0].Line)
	}
	// Output:
	// acme.yaml:7: unregistered error "invalid_grants": did you mean "invalid_grant"? 'caddy auth-errors list --errors' shows the registered ones
	//     - {status: 440, code: E17, error: invalid_grants}
	// acme.yaml:8: status "600": use a number from 200 to 599 or a class such as 4xx
	//     - {status: 600, code: E18, error: invalid_grant}
	// 2 mistakes, the first in line 7
}
