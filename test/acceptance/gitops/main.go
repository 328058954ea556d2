// Command verdicts says what GitOps tools make of objects: kstatus by its own library, Argo CD's health check by the
// Lua engine that it uses, and Flux's healthCheckExprs by the CEL library that it uses.
//
// It reads one Request as JSON from stdin and writes one Verdict for each object, in their order, to stdout.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

// Request is what is to be judged, and by what.
type Request struct {
	// Health has Argo CD's scripts by the kind that each is for.
	Health map[string]string `json:"health"`
	// Expressions are Flux's healthCheckExprs by the kind that each is for.
	Expressions map[string]Expressions `json:"expressions"`
	Objects     []json.RawMessage      `json:"objects"`
}

// Verdict is what the tools make of one object.
type Verdict struct {
	Kstatus string `json:"kstatus"`
	Argo    Health `json:"argo"`
	Flux    string `json:"flux"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var request Request
	if err := json.NewDecoder(os.Stdin).Decode(&request); err != nil {
		return fmt.Errorf("reading the request: %w", err)
	}
	verdicts := make([]Verdict, 0, len(request.Objects))
	for index, text := range request.Objects {
		// As the tools read objects: whole numbers become int64.
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON(text); err != nil {
			return fmt.Errorf("object %d: %w", index, err)
		}
		verdict, err := judge(request, object)
		if err != nil {
			return fmt.Errorf("object %d, %s %s: %w", index, object.GetKind(), object.GetName(), err)
		}
		verdicts = append(verdicts, verdict)
	}
	return json.NewEncoder(os.Stdout).Encode(verdicts)
}

func judge(request Request, object *unstructured.Unstructured) (Verdict, error) {
	result, err := status.Compute(object)
	if err != nil {
		return Verdict{}, fmt.Errorf("kstatus: %w", err)
	}
	kind := object.GetKind()
	health, err := argoHealth(request.Health[kind], object.Object)
	if err != nil {
		return Verdict{}, fmt.Errorf("Argo CD: %w", err)
	}
	flux := string(result.Status)
	// Without expressions for a kind, Flux goes by kstatus.
	if expressions, ok := request.Expressions[kind]; ok {
		if flux, err = expressions.evaluate(object); err != nil {
			return Verdict{}, fmt.Errorf("Flux: %w", err)
		}
	}
	return Verdict{Kstatus: string(result.Status), Argo: health, Flux: flux}, nil
}
