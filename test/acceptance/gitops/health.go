package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// Health is what a health check of Argo CD returns.
type Health struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

// The statuses that a script may return (argoproj/argo-cd, gitops-engine/pkg/health).
var healthStatuses = []string{"Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown"}

// What a script of resource.customizations.health has at hand if useOpenLibs isn't set: Lua's base and its tables,
// and one second (argoproj/argo-cd, util/lua/lua.go). Its cut-down os isn't here: a script that asks for it fails.
var libraries = []struct {
	name string
	open lua.LGFunction
}{
	{lua.LoadLibName, lua.OpenPackage},
	{lua.BaseLibName, lua.OpenBase},
	{lua.TabLibName, lua.OpenTable},
}

const timeout = time.Second

// argoHealth runs a health check: the object is the global obj, and the script returns a table.
func argoHealth(script string, object map[string]any) (Health, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for _, library := range libraries {
		call := lua.P{Fn: state.NewFunction(library.open), Protect: true}
		if err := state.CallByParam(call, lua.LString(library.name)); err != nil {
			return Health{}, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	state.SetContext(ctx)
	state.SetGlobal("obj", luaValue(state, object))
	if err := state.DoString(script); err != nil {
		return Health{}, err
	}
	table, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return Health{}, fmt.Errorf("the script returned a %s, not a table", state.Get(-1).Type())
	}
	health := Health{Status: text(table, "status"), Message: text(table, "message")}
	if !slices.Contains(healthStatuses, health.Status) {
		return Health{}, fmt.Errorf("the script returned the status %q", health.Status)
	}
	return health, nil
}

func text(table *lua.LTable, key string) string {
	value, _ := table.RawGetString(key).(lua.LString)
	return string(value)
}

// luaValue is a part of an object as a script sees it.
func luaValue(state *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case bool:
		return lua.LBool(value)
	case int64:
		return lua.LNumber(value)
	case float64:
		return lua.LNumber(value)
	case string:
		return lua.LString(value)
	case []any:
		table := state.NewTable()
		for _, item := range value {
			table.Append(luaValue(state, item))
		}
		return table
	case map[string]any:
		table := state.NewTable()
		for key, item := range value {
			table.RawSetString(key, luaValue(state, item))
		}
		return table
	default:
		return lua.LNil
	}
}
