/**
 * The scripts by which each shell completes the plugin. All of them ask `__complete`, which speaks the
 * protocol of Cobra.
 */

/** The shells that the plugin completes words for. */
export const COMPLETION_SHELLS = ['kubectl', 'bash', 'zsh', 'fish'] as const;
export type CompletionShell = (typeof COMPLETION_SHELLS)[number];

const KUBECTL = `#!/usr/bin/env sh
# Completion of "kubectl accesskey": save it as kubectl_complete-accesskey, executable, in a folder of the PATH.
# kubectl's own completion, for bash, zsh or fish, then asks it.
exec kubectl-accesskey __complete "$@"`;

const BASH = `# Completion of "kubectl-accesskey" in bash: source <(kubectl accesskey completion bash)
_kubectl_accesskey() {
  local word
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    case $word in
      :*) ;;
      "\${COMP_WORDS[COMP_CWORD]}"*) COMPREPLY+=("$word") ;;
    esac
  done < <(kubectl-accesskey __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null)
}
complete -o default -F _kubectl_accesskey kubectl-accesskey`;

const ZSH = `#compdef kubectl-accesskey
# Completion of "kubectl-accesskey" in zsh: source <(kubectl accesskey completion zsh)
_kubectl_accesskey() {
  local -a found
  local word description
  while IFS=$'\\t' read -r word description; do
    [[ $word == :* ]] || found+=("\${word//:/\\\\:}\${description:+:$description}")
  done < <(kubectl-accesskey __complete "\${(@)words[2,CURRENT]}" 2> /dev/null)
  if (( $#found )); then _describe 'accesskey' found; else _files; fi
}
compdef _kubectl_accesskey kubectl-accesskey`;

const FISH = `# Completion of "kubectl-accesskey" in fish: kubectl accesskey completion fish | source
function __kubectl_accesskey
  set -l words (commandline -opc) (commandline -ct)
  kubectl-accesskey __complete $words[2..-1] 2> /dev/null | string match --invert --regex '^:'
end
complete -c kubectl-accesskey -f -a '(__kubectl_accesskey)'`;

/** The script for each shell. `kubectl` is the file that kubectl's own completion runs, in any shell. */
export const COMPLETION_SCRIPTS: Readonly<Record<CompletionShell, string>> = {
  kubectl: KUBECTL,
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
};
