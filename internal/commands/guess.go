package commands

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/auth-errors/caddy-auth-errors/normalizer/guess"
)

// mostGuesses is how many providers are told for a response.
const mostGuesses = 3

// leastShare is the smallest share of a guess that gets a line.
const leastShare = 0.005

func guessCommand() *cobra.Command {
	cmd := command("guess [--path <path>] [--json] [<file>|-]", "Guesses the provider that sent a response",
		`Reads a response as 'curl -i' prints it, from a file or from standard input. Names up
to three providers that may have sent it, with the probability and the reasons.
Without a file, --status, --header and --body describe the response.

Keep the header of the response, and give the path of the request: they help most. If
the response has only an OAuth code, the guess is uncertain.`,
		`  curl -i https://idp.example/token -d ... | caddy auth-errors guess -
  caddy auth-errors guess --status 440 --body '{"problem":"access_denied","message":"no"}'`,
		cobra.MaximumNArgs(1), runGuess)
	f := cmd.Flags()
	f.String("path", "", "the path or the URL of the request")
	f.Bool("json", false, "print JSON")
	f.Int("status", 0, "the status, instead of a file")
	f.StringArray("header", nil, "a header field `'Name: value'`, instead of a file; repeat for more")
	f.String("body", "", "the body, instead of a file")
	return cmd
}

func runGuess(cmd *cobra.Command, args []string) error {
	resp, err := explainedResponse(cmd, args)
	if err != nil {
		return err
	}
	path, _ := cmd.Flags().GetString("path")
	request, err := url.Parse(path)
	if err != nil {
		return fmt.Errorf("--path: %w", err)
	}
	index, err := guess.Shipped()
	if err != nil {
		return err
	}
	guesses := index.Guess(resp, request, mostGuesses)
	out := cmd.OutOrStdout()
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		return printJSON(out, guesses)
	}
	for i, g := range guesses {
		if i > 0 && g.Share < leastShare {
			break
		}
		fmt.Fprintf(out, "%3.0f %%  %s, %s\n", 100*g.Share, g.Provider, g.Title)
		for _, why := range g.Why {
			fmt.Fprintf(out, "       %s\n", why)
		}
	}
	return nil
}
