package main

import (
	"fmt"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

// Expressions is an entry of spec.healthCheckExprs of Flux's Kustomization.
type Expressions struct {
	Current    string `json:"current"`
	InProgress string `json:"inProgress"`
	Failed     string `json:"failed"`
}

// evaluate judges an object as Flux's RFC 0009 has it: a generation that wasn't observed is in progress; then the
// first expression that holds, of inProgress, failed and current; and in progress if none does.
func (expressions Expressions) evaluate(object *unstructured.Unstructured) (string, error) {
	observed, found, err := unstructured.NestedInt64(object.Object, "status", "observedGeneration")
	if err != nil {
		return "", err
	}
	if found && observed != object.GetGeneration() {
		return string(status.InProgressStatus), nil
	}
	for _, rule := range []struct {
		expression string
		verdict    status.Status
	}{
		{expressions.InProgress, status.InProgressStatus},
		{expressions.Failed, status.FailedStatus},
		{expressions.Current, status.CurrentStatus},
	} {
		holds, err := holds(rule.expression, object.Object)
		if err != nil {
			return "", fmt.Errorf("the expression for %s: %w", rule.verdict, err)
		}
		if holds {
			return string(rule.verdict), nil
		}
	}
	return string(status.InProgressStatus), nil
}

// holds evaluates an expression with the object's top-level fields as its variables, and in the dialect that Flux
// gives it (fluxcd/pkg, runtime/cel/expression.go). An expression that isn't there doesn't hold.
func holds(expression string, object map[string]any) (bool, error) {
	if expression == "" {
		return false, nil
	}
	environment, err := cel.NewEnv(
		cel.HomogeneousAggregateLiterals(),
		cel.EagerlyValidateDeclarations(true),
		cel.DefaultUTCTimeZone(true),
		cel.CrossTypeNumericComparisons(true),
		cel.OptionalTypes(),
		ext.Strings(),
		ext.Sets(),
		ext.Encoders(),
	)
	if err != nil {
		return false, err
	}
	// Not compiled: the fields have no types.
	parsed, issues := environment.Parse(expression)
	if issues.Err() != nil {
		return false, issues.Err()
	}
	program, err := environment.Program(parsed)
	if err != nil {
		return false, err
	}
	value, _, err := program.Eval(object)
	if err != nil {
		return false, err
	}
	result, ok := value.Value().(bool)
	if !ok {
		return false, fmt.Errorf("%s isn't true or false", expression)
	}
	return result, nil
}
