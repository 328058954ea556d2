{{/* Names and labels that the chart's objects share. */}}

{{- define "access-key-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "access-key-operator.fullname" -}}
{{- $name := include "access-key-operator.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* By these the pods are selected: they never change. */}}
{{- define "access-key-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "access-key-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "access-key-operator.labels" -}}
{{ include "access-key-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "access-key-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "access-key-operator.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.create is false: write the name of the ServiceAccount that the operator is to run as in serviceAccount.name" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* Of roles in namespaces that aren't the release's own: releases in several namespaces may have the same name. */}}
{{- define "access-key-operator.roleName" -}}
{{- printf "%s-%s" .Release.Namespace (include "access-key-operator.fullname" .) }}
{{- end }}

{{- define "access-key-operator.image" -}}
{{- $repository := required "image.repository is not set: write where the operator's image is, without its tag, such as --set image.repository=registry.example.com/access-key-operator; no image is published yet, and docs/install.md says how to build one" .Values.image.repository }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* A list of strings as CEL has it. The schema lets no quote and no backslash into these values. */}}
{{- define "access-key-operator.celList" -}}
[{{ range $i, $one := . }}{{ if $i }}, {{ end }}'{{ $one }}'{{ end }}]
{{- end }}

{{/*
The ports of the proxies in extraEnv, as a JSON list in "ports". A proxy without a scheme is of http. A value from a
Secret or ConfigMap can't be read here.
*/}}
{{- define "access-key-operator.proxyPorts" -}}
{{- $ports := list }}
{{- range .Values.extraEnv }}
{{- $proxy := default "" .value }}
{{- if and (has (upper .name) (list "HTTPS_PROXY" "HTTP_PROXY")) $proxy }}
{{- $authority := regexReplaceAll "^([A-Za-z][A-Za-z0-9+.-]*://)?([^/?#]*@)?([^/?#]*).*$" $proxy "${3}" }}
{{- $written := regexFind ":[0-9]+$" $authority | trimPrefix ":" }}
{{- $ports = append $ports (int (default (hasPrefix "https:" (lower $proxy) | ternary "443" "80") $written)) }}
{{- end }}
{{- end }}
{{- dict "ports" (uniq $ports) | toJson }}
{{- end }}
