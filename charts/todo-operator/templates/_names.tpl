{{- /* Name of every object: that of the release. */}}
{{- define "todo-operator.name" -}}
{{ .Release.Name | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "todo-operator.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- .Values.serviceAccount.name | default (include "todo-operator.name" .) }}
{{- else }}
{{- required "serviceAccount.name: needed with serviceAccount.create=false" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "todo-operator.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- /* Labels that select the operator's pods; they never change. */}}
{{- define "todo-operator.selector" -}}
app.kubernetes.io/name: todo-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "todo-operator.labels" -}}
{{ include "todo-operator.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: operator
app.kubernetes.io/part-of: todoplatform
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
