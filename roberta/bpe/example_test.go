package bpe_test

import (
	"fmt"
	"log"
	"os"

	"github.com/skillneuron/skillneuron/roberta/bpe"
)

func Example() {
	tok, err := bpe.Load(os.DirFS("../../testdata/mini"))
	if err != nil {
		log.Fatal(err)
	}
	ids := tok.Encode("A charming film: it was <mask>.")
	fmt.Println(ids)
	fmt.Println(tok.Decode(ids))
	fmt.Println(tok.Pieces(" charmingly"))
	// Output:
	// [0 36 3778 351 29 314 342 9999 17 2]
	// <s>A charming film: it was<mask>.</s>
	// [Ġcharm ingly]
}
